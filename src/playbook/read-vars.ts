import { closest } from '../core/closest.js';
import type { Json, JsonObject } from '../core/json.js';
import { placeText } from '../core/position.js';
import { pointerPart } from '../core/yaml.js';
import type { Chapter } from './chapters.js';
import type { VarDeclaration } from './checked.js';
import { VAR_KEYWORDS, VAR_TYPES } from './keywords.js';
import { namesForDefaults } from './names.js';
import { isMap, type Problems } from './problems.js';
import { expressionsIn, readTemplate } from './template.js';
import type { VarType } from './typed-names.js';

const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * The playbook's inputs, and those of the playbooks that it imports. A declaration without a type is its
 * default, and has the default's type. What the importing playbook declares goes before.
 */
export function readVars(chapters: readonly Chapter[]): ReadonlyMap<string, VarDeclaration> {
  const vars = new Map<string, VarDeclaration>();
  const owners = new Map<string, Chapter>();
  for (const chapter of chapters) {
    for (const declaration of declarationsIn(chapter.problems, chapter.value.vars)) {
      const { name } = declaration;
      const first = vars.get(name);
      if (first === undefined) {
        vars.set(name, declaration);
        owners.set(name, chapter);
      } else refuseOtherType(chapter.problems, declaration, first);
    }
  }
  return readDefaults(vars, owners);
}

function declarationsIn(problems: Problems, value: Json | undefined): readonly VarDeclaration[] {
  if (value === undefined || value === null) return [];
  if (!isMap(value)) {
    problems.at('/vars', 'shape', '`vars` is not a map', 'write each variable as NAME: DEFAULT');
    return [];
  }
  return Object.entries(value).flatMap(([name, body]) => {
    const pointer = `/vars/${pointerPart(name)}`;
    if (!NAME.test(name)) {
      const help = 'use small letters, digits and underscores, a letter first';
      problems.atKey(pointer, 'var-name', `«${name}» is not a name for a variable`, help);
      return [];
    }
    const declaration = isLongForm(body)
      ? readLongForm(problems, pointer, name, body as JsonObject)
      : shortForm(problems, pointer, name, body);
    return declaration ?? [];
  });
}

function refuseOtherType(problems: Problems, second: VarDeclaration, first: VarDeclaration): void {
  if (second.type === first.type && second.items === first.items) return;
  const message = `${first.name} is declared as ${first.type} in ${placeText(first.at)}`;
  const help = 'declare it with the same type, or give it another name';
  problems.atKey(`/vars/${pointerPart(first.name)}`, 'var-conflict', message, help);
}

/** A map is a declaration when all of its keys are words of one; any other map is a default. */
function isLongForm(body: Json): boolean {
  return isMap(body) && ('type' in body || 'required' in body || 'description' in body);
}

function readLongForm(
  problems: Problems,
  pointer: string,
  name: string,
  body: JsonObject,
): VarDeclaration | null {
  for (const word of Object.keys(body).filter((one) => !VAR_KEYWORDS.includes(one))) {
    problems.unknownKeyword(`${pointer}/${word}`, word, 'a variable', VAR_KEYWORDS);
  }
  const written = body.type ?? typeOfValue(body.default ?? null);
  if (typeof written !== 'string' || !isVarType(written)) {
    const near = typeof written === 'string' ? closest(written, VAR_TYPES) : null;
    const help = near === null ? `there is: ${VAR_TYPES.join(', ')}` : `did you mean ${near}?`;
    problems.at(`${pointer}/type`, 'var-type', `${String(written)} is not a type`, help);
    return null;
  }
  return {
    name,
    type: written,
    items: readItems(problems, `${pointer}/items`, body.items, written),
    description: problems.text(`${pointer}/description`, body.description, 'a description') ?? '',
    required: problems.flag(`${pointer}/required`, body.required, '`required`', false),
    fallback: null,
    at: problems.document.keyAt(pointer),
  };
}

function readItems(
  problems: Problems,
  pointer: string,
  items: Json | undefined,
  type: VarType,
): VarType | null {
  if (items === undefined) return null;
  if (type !== 'list' && type !== 'map') {
    problems.atKey(pointer, 'var-type', `a ${type} has no items`, 'remove `items`');
  } else if (items === 'secret') {
    const help = 'declare each secret as a variable of its own';
    problems.at(pointer, 'var-type', `a ${type} cannot hold secrets`, help);
  } else if (typeof items === 'string' && isVarType(items)) {
    return items;
  } else {
    const help = `there is: ${VAR_TYPES.join(', ')}`;
    problems.at(pointer, 'var-type', `${String(items)} is not a type`, help);
  }
  return null;
}

function shortForm(
  problems: Problems,
  pointer: string,
  name: string,
  body: Json,
): VarDeclaration | null {
  const type = typeOfValue(body);
  if (type === null) {
    const help = 'give it a type: {type: string, required: true}';
    problems.at(pointer, 'var-type', `${name} has neither a type nor a default`, help);
    return null;
  }
  const at = problems.document.keyAt(pointer);
  return { name, type, items: null, description: '', required: false, fallback: null, at };
}

/** Defaults come last: they may use every variable that is declared. */
function readDefaults(
  vars: ReadonlyMap<string, VarDeclaration>,
  owners: ReadonlyMap<string, Chapter>,
): ReadonlyMap<string, VarDeclaration> {
  const names = namesForDefaults(vars);
  const complete = new Map<string, VarDeclaration>();
  for (const [name, declaration] of vars) {
    const { problems, value } = owners.get(name) as Chapter;
    const body = (value.vars as JsonObject)[name] as Json;
    const pointer = `/vars/${pointerPart(name)}`;
    const [at, fallback] = isLongForm(body)
      ? [`${pointer}/default`, (body as JsonObject).default]
      : [pointer, body];
    if (fallback === undefined) {
      complete.set(name, declaration);
      continue;
    }
    const template = readTemplate(problems.document, at, fallback, names, problems.list);
    complete.set(name, { ...declaration, fallback: template });
  }
  for (const name of complete.keys()) {
    const { problems } = owners.get(name) as Chapter;
    refuseLeak(problems, name, complete);
    refuseCycle(problems, name, complete);
  }
  return complete;
}

/** A secret stays one: no variable that may be shown is made of it. */
function refuseLeak(
  problems: Problems,
  name: string,
  vars: ReadonlyMap<string, VarDeclaration>,
): void {
  if (vars.get(name)?.type === 'secret') return;
  const leak = usedBy(name, vars).find((used) => vars.get(used)?.type === 'secret');
  if (leak === undefined) return;
  const message = `${leak} is a secret, and ${name} would show it`;
  const help = `declare ${name} as a secret too`;
  problems.atKey(`/vars/${pointerPart(name)}`, 'secret', message, help);
}

function refuseCycle(
  problems: Problems,
  name: string,
  vars: ReadonlyMap<string, VarDeclaration>,
): void {
  const seen = new Set<string>();
  const open = [...usedBy(name, vars)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === name) {
      const help = 'give one of the variables on the way a value of its own';
      const message = `the default of ${name} uses ${name} itself`;
      problems.atKey(`/vars/${pointerPart(name)}`, 'var-cycle', message, help);
      return;
    }
    if (!seen.has(next)) open.push(...usedBy(next, vars));
    seen.add(next);
  }
}

function usedBy(name: string, vars: ReadonlyMap<string, VarDeclaration>): readonly string[] {
  const fallback = vars.get(name)?.fallback;
  return fallback == null ? [] : expressionsIn(fallback).flatMap((one) => one.vars);
}

function isVarType(text: string): text is VarType {
  return (VAR_TYPES as readonly string[]).includes(text);
}

function typeOfValue(value: Json): VarType | null {
  if (value === null) return null;
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return Array.isArray(value) ? 'list' : 'map';
}
