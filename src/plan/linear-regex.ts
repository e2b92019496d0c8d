import { err, ok, type Result } from '../core/result.js';
import type { Shape } from './automaton.js';
import { readEscape, readSet } from './regex-characters.js';
import { type Reading, refuse } from './regex-reading.js';

const depthMax = 50;
const repeatMax = 1_000;

/**
 * A regular expression as Python reads it, as far as it can be matched in linear time: all but references
 * back, looks around, flags and possessive repeats. The error is a sentence.
 */
export function regexShape(pattern: string): Result<Shape, string> {
  const reading: Reading = { characters: [...pattern], at: 0, depth: 0, problem: null };
  const shape = either(reading);
  if (reading.at < reading.characters.length) refuse(reading, 'a ) has no (');
  return reading.problem === null ? ok(shape) : err(reading.problem);
}

function either(reading: Reading): Shape {
  const parts = [sequence(reading)];
  while (reading.characters[reading.at] === '|') {
    reading.at += 1;
    parts.push(sequence(reading));
  }
  return { kind: 'either', parts };
}

function sequence(reading: Reading): Shape {
  const parts: Shape[] = [];
  for (;;) {
    const next = reading.characters[reading.at];
    if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', parts };
    parts.push(repeated(reading, atom(reading)));
  }
}

function atom(reading: Reading): Shape {
  const character = reading.characters[reading.at] as string;
  if (boundsAt(reading) !== null) {
    return refuse(reading, `${character} has nothing before it to repeat`);
  }
  reading.at += 1;
  switch (character) {
    case '.':
      return { kind: 'one', accepts: (one) => one !== '\n' };
    case '^':
      return { kind: 'begin' };
    case '$':
      return { kind: 'end' };
    case '(':
      return group(reading);
    case '[':
      return readSet(reading);
    case '\\':
      return readEscape(reading);
    default:
      return { kind: 'one', accepts: (one) => one === character };
  }
}

function group(reading: Reading): Shape {
  reading.depth += 1;
  if (reading.depth > depthMax) return refuse(reading, 'there are too many brackets in each other');
  const rest = reading.characters.slice(reading.at, reading.at + 40).join('');
  const opening = /^(?:\?:|\?P<\w+>)/.exec(rest)?.[0] ?? '';
  if (opening === '' && rest.startsWith('?')) {
    return refuse(
      reading,
      `(${rest.slice(0, 2)} is not supported: it cannot be matched in linear time`,
    );
  }
  reading.at += opening.length;
  const inner = either(reading);
  if (reading.characters[reading.at] !== ')') return refuse(reading, 'a ( has no )');
  reading.at += 1;
  reading.depth -= 1;
  return inner;
}

function repeated(reading: Reading, of: Shape): Shape {
  const bounds = boundsAt(reading);
  if (bounds === null) return of;
  const { min, max } = bounds;
  if (max !== null && max < min) return refuse(reading, 'a repeat ends below its begin');
  if (min > repeatMax || (max ?? 0) > repeatMax) {
    return refuse(reading, `a repeat counts to more than ${repeatMax}`);
  }
  const next = reading.characters[reading.at];
  if (next === '+') return refuse(reading, 'possessive repeats are not supported');
  // A lazy repeat finds the same names.
  if (next === '?') reading.at += 1;
  if (boundsAt(reading) !== null) return refuse(reading, 'a repeat is repeated');
  return { kind: 'repeat', of, min, max };
}

interface Bounds {
  readonly min: number;
  readonly max: number | null;
}

/** Braces that hold no numbers are themselves, as in Python. */
function boundsAt(reading: Reading): Bounds | null {
  const rest = reading.characters.slice(reading.at, reading.at + 20).join('');
  const [all, min, comma, max] = /^\{([0-9]*)(,?)([0-9]*)\}/.exec(rest) ?? [];
  if (all !== undefined && (min !== '' || comma !== '')) {
    reading.at += all.length;
    const from = Number(min);
    if (comma === '') return { min: from, max: from };
    return { min: from, max: max === '' ? null : Number(max) };
  }
  const simple = SIMPLE.get(rest[0] ?? '');
  if (simple === undefined) return null;
  reading.at += 1;
  return simple;
}

const SIMPLE = new Map<string, Bounds>([
  ['*', { min: 0, max: null }],
  ['+', { min: 1, max: null }],
  ['?', { min: 0, max: 1 }],
]);
