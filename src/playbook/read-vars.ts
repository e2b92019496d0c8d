import { closest } from '../core/closest.js';
import type { Json, JsonObject } from '../core/json.js';
import { pointerPart } from '../core/yaml.js';
import type { VarDeclaration } from './checked.js';
import { VAR_KEYWORDS, VAR_TYPES } from './keywords.js';
import { namesForDefaults } from './names.js';
import { isMap, type Problems } from './problems.js';
import { expressionsIn, readTemplate } from './template.js';
import type { VarType } from './typed-names.js';

const NAME = /^[a-z][a-z0-9_]*$/;

/** The playbook's inputs. A declaration without a type is its default, and has the default's type. */
export function readVars(
  problems: Problems,
  value: Json | undefined,
): ReadonlyMap<string, VarDeclaration> {
  const vars = new Map<string, VarDeclaration>();
  if (value === undefined || value === null) return vars;
  if (!isMap(value)) {
    problems.at('/vars', 'shape', '`vars` is not a map', 'write each variable as NAME: DEFAULT');
    return vars;
  }
  for (const [name, body] of Object.entries(value)) {
    const pointer = `/vars/${pointerPart(name)}`;
    if (!NAME.test(name)) {
      const help = 'use small letters, digits and underscores, a letter first';
      problems.atKey(pointer, 'var-name', `«${name}» is not a name for a variable`, help);
      continue;
    }
    const declaration = isLongForm(body)
      ? readLongForm(problems, pointer, name, body as JsonObject)
      : shortForm(problems, pointer, name, body);
    if (declaration !== null) vars.set(name, declaration);
  }
  return readDefaults(problems, value, vars);
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
  problems: Problems,
  value: JsonObject,
  vars: ReadonlyMap<string, VarDeclaration>,
): ReadonlyMap<string, VarDeclaration> {
  const names = namesForDefaults(vars);
  const complete = new Map<string, VarDeclaration>();
  for (const [name, declaration] of vars) {
    const body = value[name] as Json;
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
  refuseLeaks(problems, complete);
  refuseCycles(problems, complete);
  return complete;
}

/** A secret stays one: no variable that may be shown is made of it. */
function refuseLeaks(problems: Problems, vars: ReadonlyMap<string, VarDeclaration>): void {
  for (const { name, type, fallback } of vars.values()) {
    if (type === 'secret' || fallback === null) continue;
    const leak = expressionsIn(fallback)
      .flatMap((one) => one.vars)
      .find((used) => vars.get(used)?.type === 'secret');
    if (leak === undefined) continue;
    const message = `${leak} is a secret, and ${name} would show it`;
    const help = `declare ${name} as a secret too`;
    problems.atKey(`/vars/${pointerPart(name)}`, 'secret', message, help);
  }
}

function refuseCycles(problems: Problems, vars: ReadonlyMap<string, VarDeclaration>): void {
  const uses = (name: string): readonly string[] => {
    const fallback = vars.get(name)?.fallback;
    return fallback == null ? [] : expressionsIn(fallback).flatMap((one) => one.vars);
  };
  for (const name of vars.keys()) {
    const seen = new Set<string>();
    const open = [...uses(name)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === name) {
        const help = 'give one of the variables on the way a value of its own';
        const message = `the default of ${name} uses ${name} itself`;
        problems.atKey(`/vars/${pointerPart(name)}`, 'var-cycle', message, help);
        break;
      }
      if (!seen.has(next)) open.push(...uses(next));
      seen.add(next);
    }
  }
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
