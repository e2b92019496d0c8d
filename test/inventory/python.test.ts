import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { iniWords } from '../../src/inventory/ini-words.js';
import { pythonLiteral } from '../../src/inventory/python-literal.js';
import { matcherOf } from '../../src/plan/automaton.js';
import { globShape } from '../../src/plan/glob.js';
import { regexShape } from '../../src/plan/linear-regex.js';
import { askPython, besideAnsible } from './oracle.js';

/** The same in every run: a failure says its seed, and can be had again. */
const seed = 20_261_126;

function texts(pieces: readonly string[], count: number, maxLength: number): readonly string[] {
  const piece = fc.constantFrom(...pieces);
  const text = fc.array(piece, { maxLength }).map((some) => some.join(''));
  return [...new Set(fc.sample(text, { numRuns: count, seed }))];
}

const LITERALS = texts(
  [
    ...[
      '1',
      '0',
      '.',
      'e',
      '-',
      '+',
      '"',
      "'",
      '\\',
      'n',
      'x41',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      ',',
    ],
    ...[':', ' ', 'True', 'None', 'a', '_', '#', 'r"', "b'", '0x', '\t', 'é', '"""', 'u0041', '7'],
    ...['\\N', '[1,', "'k':"],
  ],
  8_000,
  9,
).filter((text) => text === text.trim());

const LINES = texts(['a', 'b', '=', ' ', '\t', '"', "'", '\\', '#', '\\"'], 3_000, 10);

const PATTERNS = texts(
  [
    ...['a', 'b', 'c', '1', '.', '*', '+', '?', '|', '(', ')', '[', '[^', ']', '-', '{2}', '{1,}'],
    ...['{,2}', '^', '$', '\\d', '\\w', '\\.', '(?:', '!', '{', '}', '\\s', '\\Z'],
  ],
  3_000,
  8,
);
const NAMES = ['', 'a', 'b', 'ab', 'abc', 'a1', 'aab', '1', 'a.b', 'a-b', 'aaaa', '[a]', '!', '{'];

besideAnsible(`what is Python's own in Ansible's inventories (seed ${seed})`, () => {
  let python: Awaited<ReturnType<typeof askPython>>;

  beforeAll(() => {
    python = askPython({ literals: LITERALS, lines: LINES, patterns: PATTERNS, names: NAMES });
  });

  it('literals', () => {
    const told = LITERALS.flatMap((text, index) => {
      const [value, ...none] = python.literals[index] ?? [];
      return value === undefined || none.length > 0 ? [] : [{ text, value }];
    });
    expect(told.filter(({ text, value }) => text !== value).length).toBeGreaterThan(80);
    expect(told.map(({ text }) => ({ text, value: pythonLiteral(text) }))).toEqual(told);
  });

  it('the words of a line', () => {
    const ours = LINES.map((line) => {
      const words = iniWords(line);
      return { line, words: words.ok ? words.value.map(({ text }) => text) : null };
    });
    expect(ours).toEqual(LINES.map((line, index) => ({ line, words: python.lines[index] })));
  });

  it('wildcards', () => {
    const ours = PATTERNS.map((text) => ({ text, names: NAMES.filter(matcher(globShape(text))) }));
    expect(ours).toEqual(PATTERNS.map((text, index) => ({ text, names: python.globs[index] })));
  });

  it('regular expressions, where both know them', () => {
    const known = PATTERNS.flatMap((text, index) => {
      const shape = regexShape(text);
      const names = python.regexes[index] ?? null;
      return shape.ok && names !== null ? [{ text, names, shape: shape.value }] : [];
    });
    expect(known.length).toBeGreaterThan(500);
    expect(known.map(({ shape }) => NAMES.filter(matcher(shape)))).toEqual(
      known.map(({ names }) => names),
    );
    const refused = PATTERNS.filter(
      (text, index) => python.regexes[index] !== null && !regexShape(text).ok,
    );
    expect(refused.filter((text) => !/[*+?}]\+/.test(text))).toEqual([]);
  });
});

function matcher(shape: Parameters<typeof matcherOf>[0]): (name: string) => boolean {
  const made = matcherOf(shape);
  if (made === null) throw new Error('the pattern is too big');
  return made;
}
