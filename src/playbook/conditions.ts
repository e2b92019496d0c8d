import type { Json } from '../core/json.js';
import type { VarDeclaration } from './checked.js';
import { checkExpression, type Expression } from './expression.js';
import type { Names } from './names.js';
import type { Problems } from './problems.js';
import { typeText } from './type-text.js';

/** Bare expressions that must all be true: one of them, or a list. Null when nothing is written. */
export function readConditions(
  problems: Problems,
  pointer: string,
  word: string,
  value: Json | undefined,
  names: Names,
  vars: ReadonlyMap<string, VarDeclaration>,
): readonly Expression[] | null {
  if (value === undefined) return null;
  if (!Array.isArray(value)) {
    const only = readCondition(problems, pointer, word, value, names, vars);
    return only === null ? [] : [only];
  }
  if (value.length === 0) {
    problems.at(
      pointer,
      'wrong-value',
      `\`${word}\` has no condition`,
      'write one, or leave it out',
    );
  }
  return value.flatMap((one: Json, index) => {
    const condition = readCondition(problems, `${pointer}/${index}`, word, one, names, vars);
    return condition === null ? [] : [condition];
  });
}

function readCondition(
  problems: Problems,
  pointer: string,
  word: string,
  value: Json,
  names: Names,
  vars: ReadonlyMap<string, VarDeclaration>,
): Expression | null {
  if (typeof value !== 'string' && typeof value !== 'boolean') {
    problems.at(pointer, 'wrong-type', `\`${word}\` is an expression`, 'write it as a text');
    return null;
  }
  const source = String(value).trim();
  if (source.includes('${{')) {
    const help = 'write the bare expression, without ${{ }}';
    problems.at(pointer, 'when-braces', `\`${word}\` is an expression already`, help);
    return null;
  }
  const place = (offset: number) => problems.document.within(pointer, offset);
  const expression = checkExpression(source, names, place);
  if (!expression.ok) {
    problems.list.push(expression.error);
    return null;
  }
  const { type, vars: used } = expression.value;
  if (type !== 'bool' && type !== 'dyn') {
    const message = `\`${word}\` gives ${typeText(type)}, not true or false`;
    const help = 'compare it with something: ==, !=, <, size() > 0';
    problems.at(pointer, 'not-boolean', message, help);
  }
  if (used.some((name) => vars.get(name)?.type === 'secret')) {
    problems.at(pointer, 'secret', `\`${word}\` reads a secret`, 'decide on something else');
  }
  return expression.value;
}
