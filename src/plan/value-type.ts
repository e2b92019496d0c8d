import { isCleanAbsolute } from '../core/host-path.js';
import type { Json } from '../core/json.js';
import { err, ok, type Result } from '../core/result.js';
import { durationMs } from '../playbook/duration.js';
import type { TypedVar, VarType } from '../playbook/typed-names.js';

/** A value in its declared type, or why it is none. Text of `-e` is read as its type wants it. */
export function valueOfType(
  value: Json,
  { type, items }: TypedVar,
  isText: boolean,
  directory: string,
): Result<Json, string> {
  const read = isText && typeof value === 'string' ? fromText(value, type) : value;
  switch (type) {
    case 'string':
    case 'secret':
      if (typeof read === 'string') return ok(read);
      return err(type === 'secret' ? 'it is not a text' : `${shown(read)} is not a text`);
    case 'path':
      if (typeof read !== 'string' || read === '') return err(`${shown(read)} is not a path`);
      return ok(read.startsWith('/') ? read : `${directory}/${read.replace(/^\.\//, '')}`);
    case 'host_path':
      if (typeof read === 'string' && isCleanAbsolute(read)) return ok(read);
      return err(`${shown(read)} is not an absolute path without . and ..`);
    case 'integer':
      return Number.isInteger(read) ? ok(read) : err(`${shown(read)} is not a whole number`);
    case 'number':
      return typeof read === 'number' ? ok(read) : err(`${shown(read)} is not a number`);
    case 'boolean':
      return typeof read === 'boolean' ? ok(read) : err(`${shown(read)} is not true or false`);
    case 'duration': {
      const isWritten = typeof read === 'string' || typeof read === 'number';
      if (isWritten && durationMs(read) !== null) return ok(String(read));
      return err(`${shown(read)} is not a duration such as 90s, 5m or 1h30m`);
    }
    case 'list':
      return Array.isArray(read) ? each(read, items, directory) : err(`${shown(read)} is no list`);
    case 'map': {
      if (read === null || typeof read !== 'object' || Array.isArray(read)) {
        return err(`${shown(read)} is no map`);
      }
      const values = each(Object.values(read), items, directory);
      return values.ok ? ok(read) : values;
    }
  }
}

function each(
  values: readonly Json[],
  items: VarType | null,
  directory: string,
): Result<Json, string> {
  if (items === null) return ok(values);
  const typed: Json[] = [];
  for (const value of values) {
    const one = valueOfType(value, { type: items, items: null }, false, directory);
    if (!one.ok) return one;
    typed.push(one.value);
  }
  return ok(typed);
}

function fromText(text: string, type: VarType): Json {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'integer' || type === 'number') {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  if (type !== 'list' && type !== 'map') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return type === 'list' ? text.split(',').map((one) => one.trim()) : text;
  }
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
