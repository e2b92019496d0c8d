import type { Json } from '../core/json.js';
import { readPythonString } from './python-string.js';

/**
 * A value in an INI inventory: what Python's ast.literal_eval makes of it (numbers, texts in quotes, True,
 * False, None, lists, tuples, dicts), and the text itself where that is none, or has no form in JSON.
 */
export function pythonLiteral(text: string): Json {
  const reading: Reading = { text: text.replace(/^[ \t]+/, ''), at: 0, depth: 0 };
  const value = tupleOrValue(reading, '');
  return value === NOT_A_LITERAL || reading.at < reading.text.length ? text : value;
}

interface Reading {
  readonly text: string;
  at: number;
  depth: number;
}

const NOT_A_LITERAL = Symbol('not a literal');
type Read = Json | typeof NOT_A_LITERAL;

/** Python's own bounds on brackets in brackets, and on a number's digits. */
const depthMax = 200;
const digitsMax = 4_300;

/** `1` is a number and `1, 2` a list of two, as `(1, 2)` is: JSON has no tuples. */
function tupleOrValue(reading: Reading, closing: string): Read {
  skipSpace(reading);
  if (reading.text.startsWith(closing, reading.at) && closing !== '') return [];
  const first = valueAt(reading);
  if (first === NOT_A_LITERAL || reading.text[reading.at] !== ',') return first;
  const rest = items(reading, closing);
  return rest === NOT_A_LITERAL ? rest : [first, ...rest];
}

/** What follows behind a comma, each with one before it; the last one may be a comma alone. */
function items(reading: Reading, closing: string): readonly Json[] | typeof NOT_A_LITERAL {
  const found: Json[] = [];
  while (reading.text[reading.at] === ',') {
    reading.at += 1;
    skipSpace(reading);
    if ((reading.text[reading.at] ?? '') === closing) break;
    const item = valueAt(reading);
    if (item === NOT_A_LITERAL) return item;
    found.push(item);
  }
  return found;
}

function valueAt(reading: Reading): Read {
  const first = reading.text[reading.at] ?? '';
  if (first === '(' || first === '[' || first === '{') return bracketed(reading, first);
  for (const read of [word, text, number]) {
    const value = read(reading);
    skipSpace(reading);
    if (value !== undefined) return value;
  }
  return NOT_A_LITERAL;
}

const CLOSING = { '(': ')', '[': ']', '{': '}' } as const;

function bracketed(reading: Reading, opening: keyof typeof CLOSING): Read {
  reading.depth += 1;
  if (reading.depth > depthMax) return NOT_A_LITERAL;
  const closing = CLOSING[opening];
  reading.at += 1;
  skipSpace(reading);
  const value = { '(': tupleOrValue, '[': list, '{': dict }[opening](reading, closing);
  if (value === NOT_A_LITERAL || reading.text[reading.at] !== closing) return NOT_A_LITERAL;
  reading.depth -= 1;
  reading.at += 1;
  skipSpace(reading);
  return value;
}

function list(reading: Reading, closing: string): Read {
  if (reading.text[reading.at] === closing) return [];
  const first = valueAt(reading);
  const rest = first === NOT_A_LITERAL ? first : items(reading, closing);
  return first === NOT_A_LITERAL || rest === NOT_A_LITERAL ? NOT_A_LITERAL : [first, ...rest];
}

function dict(reading: Reading, closing: string): Read {
  const members: [string, Json][] = [];
  while (reading.text[reading.at] !== closing) {
    const key = valueAt(reading);
    if (key === NOT_A_LITERAL || (typeof key === 'object' && key !== null)) return NOT_A_LITERAL;
    // `{1, 2}` is a set, which has no form in JSON.
    if (reading.text[reading.at] !== ':') return NOT_A_LITERAL;
    reading.at += 1;
    skipSpace(reading);
    const value = valueAt(reading);
    if (value === NOT_A_LITERAL) return value;
    members.push([String(key), value]);
    if (reading.text[reading.at] !== ',') break;
    reading.at += 1;
    skipSpace(reading);
  }
  return Object.fromEntries(members);
}

const WORDS = new Map<string, Json>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

function word(reading: Reading): Json | undefined {
  const [found] = matchAt(reading, /(?:True|False|None)(?![\p{L}\p{N}_'"])/uy) ?? [];
  return found === undefined ? undefined : WORDS.get(found);
}

/** Texts that stand side by side are one text. */
function text(reading: Reading): Json | undefined {
  let all: string | undefined;
  for (let one = readPythonString(reading); one !== null; one = readPythonString(reading)) {
    all = (all ?? '') + one;
    skipSpace(reading);
  }
  return all;
}

const DIGITS = '[0-9](?:_?[0-9])*';
const EXPONENT = `[eE][+-]?${DIGITS}`;
const NUMBER = new RegExp(
  [
    '0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+',
    `(?:${DIGITS})?\\.${DIGITS}(?:${EXPONENT})?|${DIGITS}\\.(?:${EXPONENT})?|${DIGITS}${EXPONENT}`,
    '[1-9](?:_?[0-9])*|0(?:_?0)*',
  ].join('|'),
  'y',
);

/** One sign at most, as for literal_eval. An integer that is not exact here keeps its digits as text. */
function number(reading: Reading): Json | undefined {
  const [sign = ''] = matchAt(reading, /[+-][ \t\f]*/y) ?? [];
  const [found] = matchAt(reading, NUMBER) ?? [];
  if (found === undefined || matchAt(reading, /[\p{L}\p{N}_.]/uy) !== null) return undefined;
  const digits = found.replaceAll('_', '');
  const isWhole = /^(?:0[xXoObB]|[0-9]+$)/.test(digits);
  const minus = sign.startsWith('-') ? '-' : '';
  if (digits.length > digitsMax) return undefined;
  if (!isWhole) {
    const value = Number(minus + digits);
    return Number.isFinite(value) ? value : undefined;
  }
  const exact = BigInt(digits) * (minus === '' ? 1n : -1n);
  const value = Number(exact);
  return Number.isSafeInteger(value) ? value : String(exact);
}

function matchAt(reading: Reading, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = reading.at;
  const found = pattern.exec(reading.text);
  if (found !== null) reading.at = pattern.lastIndex;
  return found;
}

/** A comment reaches to the end: there is one line. */
function skipSpace(reading: Reading): void {
  matchAt(reading, /[ \t\f]*(?:#.*)?/sy);
}
