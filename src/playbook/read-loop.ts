import type { Json } from '../core/json.js';
import type { Loop, Template, VarDeclaration } from './checked.js';
import type { Fields, Names } from './names.js';
import type { Problems } from './problems.js';
import { refuseSecrets } from './secrets.js';
import { readTemplate } from './template.js';
import { typeText } from './type-text.js';

export interface TypedLoop {
  readonly loop: Loop;
  /** CEL's type of an item, or the fields of the records that are written out in the list. */
  readonly item: string | Fields;
}

/** `loop`: a list, or one expression that gives one. Null when there is none, or it is wrong. */
export function readLoop(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
  names: Names,
  vars: ReadonlyMap<string, VarDeclaration>,
): TypedLoop | null {
  if (value === undefined) return null;
  const found = problems.list.length;
  const over = readTemplate(problems.document, pointer, value, names, problems.list);
  const loop = { over, source: written(value), at: problems.document.at(pointer) };
  if (problems.list.length > found) return { loop, item: 'dyn' };
  refuseSecrets(problems, pointer, over, vars, '`loop`');
  if (over.kind === 'expression') {
    const { type } = over.expression;
    const inside = /^list<(.+)>$/.exec(type)?.[1];
    if (inside !== undefined) return { loop, item: inside };
    if (type === 'list' || type === 'dyn') return { loop, item: 'dyn' };
    const message = `\`loop\` wants a list, and the expression gives ${typeText(type)}`;
    problems.at(pointer, 'wrong-type', message, 'use a list; a map has its keys as one');
    return { loop, item: 'dyn' };
  }
  if (!Array.isArray(value)) {
    const help = 'write a list, or one expression: ${{ vars.NAME }}';
    problems.at(pointer, 'wrong-type', '`loop` is not a list', help);
    return { loop, item: 'dyn' };
  }
  if (value.length === 0) {
    problems.at(pointer, 'wrong-value', '`loop` has nothing to go over', 'leave the task out');
  }
  return { loop, item: itemType(over) };
}

function itemType(over: Template): string | Fields {
  const items =
    over.kind === 'list'
      ? over.items
      : over.kind === 'literal' && Array.isArray(over.value)
        ? over.value.map((value: Json): Template => ({ kind: 'literal', value }))
        : [];
  const records = items.map(fieldsOf);
  if (records.length > 0 && records.every((one) => one !== null)) return together(records);
  return oneOf(items.map(typeOf));
}

/** The fields of all records that are written out; of one that differs anything is possible. */
function together(records: readonly Fields[]): Fields {
  const names = [...new Set(records.flatMap((one) => Object.keys(one)))];
  const typeOfField = (name: string): [string, string] => [
    name,
    oneOf(records.flatMap((one) => one[name] ?? [])),
  ];
  return Object.fromEntries(names.map(typeOfField));
}

function fieldsOf(template: Template): Fields | null {
  const entries =
    template.kind === 'map'
      ? template.entries
      : Object.entries(mapIn(template) ?? {}).map(
          ([key, value]) => [key, { kind: 'literal', value }] as const,
        );
  const isRecord = entries.length > 0 && entries.every(([key]) => /^[A-Za-z_]\w*$/.test(key));
  return isRecord ? Object.fromEntries(entries.map(([key, one]) => [key, typeOf(one)])) : null;
}

function mapIn(template: Template): { readonly [key: string]: Json } | null {
  if (template.kind !== 'literal' || template.value === null) return null;
  const { value } = template;
  return typeof value === 'object' && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : null;
}

function typeOf(template: Template): string {
  if (template.kind === 'expression') return template.expression.type;
  if (template.kind === 'text') return 'string';
  if (template.kind === 'list') return 'list<dyn>';
  if (template.kind === 'map') return 'map<string, dyn>';
  const { value } = template;
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'double';
  if (value === null) return 'dyn';
  return Array.isArray(value) ? 'list<dyn>' : 'map<string, dyn>';
}

function oneOf(types: readonly string[]): string {
  const [first = 'dyn'] = types;
  return types.every((type) => type === first) ? first : 'dyn';
}

function written(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
