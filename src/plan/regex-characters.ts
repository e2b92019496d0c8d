import type { Shape } from './automaton.js';
import { type Reading, refuse } from './regex-reading.js';

type Accepts = (character: string) => boolean;

/** Python's \\w, \\d and \\s know all scripts. */
const KINDS = new Map<string, Accepts>([
  ['w', (one) => /[\p{L}\p{N}_]/u.test(one)],
  ['W', (one) => !/[\p{L}\p{N}_]/u.test(one)],
  ['d', (one) => /\p{Nd}/u.test(one)],
  ['D', (one) => !/\p{Nd}/u.test(one)],
  ['s', (one) => /\s/u.test(one)],
  ['S', (one) => !/\s/u.test(one)],
]);

const LETTERS = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
  ['v', '\v'],
  ['a', '\x07'],
]);

/** What stands behind a backslash, outside of a set. */
export function readEscape(reading: Reading): Shape {
  const character = reading.characters[reading.at];
  if (character === 'A') return anchored(reading, 'begin');
  if (character === 'Z') return anchored(reading, 'end');
  const accepts = escaped(reading);
  return typeof accepts === 'string' ? exactly(accepts) : { kind: 'one', accepts };
}

function anchored(reading: Reading, kind: 'begin' | 'end'): Shape {
  reading.at += 1;
  return { kind };
}

function exactly(character: string): Shape {
  return { kind: 'one', accepts: (one) => one === character };
}

/** A kind of characters, or the one that is meant. */
function escaped(reading: Reading): Accepts | string {
  const character = reading.characters[reading.at] ?? '';
  reading.at += 1;
  const kind = KINDS.get(character);
  if (kind !== undefined) return kind;
  const letter = LETTERS.get(character);
  if (letter !== undefined) return letter;
  if (character !== '' && !/[A-Za-z0-9]/.test(character)) return character;
  const why = /[0-9]/.test(character)
    ? `\\${character} is not supported: a reference back cannot be matched in linear time`
    : `\\${character} is not supported`;
  refuse(reading, why);
  return character;
}

/** `[abc]`, `[a-c]`, `[^abc]`; the first character may be a `]` that belongs to the set. */
export function readSet(reading: Reading): Shape {
  const isNegated = reading.characters[reading.at] === '^';
  if (isNegated) reading.at += 1;
  const members: Accepts[] = [];
  for (let isFirst = true; ; isFirst = false) {
    const character = reading.characters[reading.at];
    if (character === undefined) return refuse(reading, 'a [ has no ]');
    if (character === ']' && !isFirst) break;
    members.push(readMember(reading));
  }
  reading.at += 1;
  return { kind: 'one', accepts: (one) => members.some((is) => is(one)) !== isNegated };
}

function readMember(reading: Reading): Accepts {
  const from = readOne(reading);
  const { characters, at } = reading;
  const isRange =
    characters[at] === '-' && characters[at + 1] !== ']' && at + 1 < characters.length;
  if (!isRange) return typeof from === 'string' ? (one) => one === from : from;
  reading.at += 1;
  const to = readOne(reading);
  if (typeof from === 'string' && typeof to === 'string' && from <= to) {
    return (one) => from <= one && one <= to;
  }
  refuse(reading, 'a range in [ ] has no begin below its end');
  return () => false;
}

function readOne(reading: Reading): Accepts | string {
  const character = reading.characters[reading.at] as string;
  reading.at += 1;
  return character === '\\' ? escaped(reading) : character;
}
