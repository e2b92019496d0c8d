import type { Json } from '../core/json.js';
import type { AnyModule } from '../core/module.js';
import type { Delegate, VarDeclaration } from './checked.js';
import { namesForHosts } from './names.js';
import type { Problems } from './problems.js';
import { refuseSecrets } from './secrets.js';
import { readTemplate } from './template.js';
import { typeText } from './type-text.js';

/** `delegate_to`: a host's name, or an expression that is known before any connection. */
export function readDelegate(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
  module: AnyModule,
  vars: ReadonlyMap<string, VarDeclaration>,
): Delegate | null {
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.trim() === '') {
    problems.at(pointer, 'wrong-type', '`delegate_to` is not the name of a host', 'name one');
    return null;
  }
  if (module.place === 'controller') {
    const message = `${module.name} runs on this machine, and is not delegated`;
    problems.atKey(pointer, 'delegated', message, 'leave `delegate_to` out');
    return null;
  }
  const found = problems.list.length;
  const names = namesForHosts(vars);
  const to = readTemplate(problems.document, pointer, value, names, problems.list);
  if (problems.list.length > found) return null;
  refuseSecrets(problems, pointer, to, vars, '`delegate_to`');
  const type = to.kind === 'expression' ? to.expression.type : 'string';
  if (type !== 'string' && type !== 'dyn') {
    const message = `\`delegate_to\` wants one name, and the expression gives ${typeText(type)}`;
    problems.at(pointer, 'wrong-type', message, 'take one of them: LIST[0]');
  }
  return { to, source: value, at: problems.document.at(pointer) };
}
