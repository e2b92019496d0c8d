import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeText } from '../../src/core/position.js';
import { readYaml, type YamlDocument } from '../../src/core/yaml.js';

function read(text: string, dialect: 'core' | 'ansible' = 'core'): YamlDocument {
  const document = readYaml({ file: 'f', text }, dialect);
  if (!document.ok) throw new Error(JSON.stringify(document.error));
  return document.value;
}

function problems(text: string): readonly string[] {
  const document = readYaml({ file: 'f', text });
  return document.ok ? [] : document.error.map((one) => `${placeText(one.at)} ${one.code}`);
}

describe('places', () => {
  const document = read(
    'all:\n  hosts:\n    cp1:\n    cp2: {a: "x y"}\n  list: [1, b]\n  last: |\n    one\n',
  );

  it.each([
    ['/all', '2:3', '1:1'],
    ['/all/hosts/cp2/a', '4:14', '4:11'],
    ['/all/list/1', '5:13', '5:13'],
    ['/all/last', '7:1', '6:3'],
  ])('%s', (pointer, value, key) => {
    expect(placeText(document.at(pointer))).toBe(`f:${value}`);
    expect(placeText(document.keyAt(pointer))).toBe(`f:${key}`);
  });

  it('lets the key stand for a value that is not written', () => {
    expect(placeText(document.at('/all/hosts/cp1'))).toBe('f:3:5');
  });

  it('gives the nearest ancestor of what it does not know', () => {
    expect(placeText(document.at('/all/hosts/cp2/nothing/here'))).toBe('f:4:10');
  });

  it('finds a character of a text', () => {
    expect(placeText(document.within('/all/hosts/cp2/a', 2))).toBe('f:4:17');
  });
});

describe('mistakes', () => {
  it.each([
    ['a tab', 'a:\n\tb: 1\n', ['f:2:1 tab']],
    [
      'every duplicate key',
      'a: 1\nb:\n  c: 1\n  c: 2\na: 2\n',
      ['f:4:3 duplicate-key', 'f:5:1 duplicate-key'],
    ],
    ['a list as a key', '[a, b]: 1\n', ['f:1:1 key']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['f:1:1 many-documents']],
    ['a tower of brackets', '['.repeat(100), ['f:1:64 yaml']],
    ['an alias that holds itself', 'a: &a [*a]\n', ['f:1:1 aliases']],
    ['an encrypted value', 'a: !vault |\n  00\n', ['f:1:4 tag']],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('refuses an alias bomb', () => {
    const rows = Array.from({ length: 9 }, (_, row) => {
      const below = row === 0 ? '1' : `*r${row - 1}`;
      return `r${row}: &r${row} [${Array(12).fill(below).join(', ')}]\n`;
    });
    expect(problems(rows.join(''))).toEqual(['f:1:1 aliases']);
  });
});

describe('dialects', () => {
  it('reads YAML 1.2 for playbooks', () => {
    expect(read('{a: yes, b: 0644, c: 2020-01-01}').value).toEqual({
      a: 'yes',
      b: 644,
      c: '2020-01-01',
    });
  });

  it('reads YAML 1.1 as PyYAML does for inventories', () => {
    const text = '{a: yes, b: 0644, c: 2020-01-01, d: y, e: 1:30, f: 1e3, n: Off}';
    const value = { a: true, b: 420, c: '2020-01-01', d: 'y', e: 90, f: '1e3', n: false };
    expect(read(text, 'ansible').value).toEqual(value);
  });

  it('keeps the digits of a whole number that is too big, and finds nothing in what JSON cannot hold', () => {
    const text = '{a: 12345678901234567890, b: .inf, c: 9007199254740991}';
    const value = { a: '12345678901234567890', b: '.inf', c: 9007199254740991 };
    expect(read(text, 'ansible').value).toEqual(value);
  });

  it('marks what Ansible marks, as ansible-inventory prints it', () => {
    const text = 'a: !vault |\n  $ANSIBLE_VAULT\nb: !unsafe [x, 1, {c: y}]\n';
    expect(read(text, 'ansible').value).toEqual({
      a: { __ansible_vault: '$ANSIBLE_VAULT\n' },
      b: [{ __ansible_unsafe: 'x' }, 1, { c: { __ansible_unsafe: 'y' } }],
    });
  });

  it('lets the later of two equal keys win in inventories, and says so', () => {
    const document = read('a: 1\nb: 2\na:\n  - 3\n', 'ansible');
    expect(document.value).toEqual({ a: [3], b: 2 });
    expect(placeText(document.at('/a/0'))).toBe('f:4:5');
    expect(document.repeated.map(({ at, severity }) => `${placeText(at)} ${severity}`)).toEqual([
      'f:3:1 warning',
    ]);
  });

  it('merges << below what is written', () => {
    const text = 'base: &b {x: 1, y: 1}\nmine: {y: 2, <<: *b}\n';
    expect(read(text, 'ansible').value).toMatchObject({ mine: { x: 1, y: 2 } });
  });
});

it('keeps __proto__ an ordinary key', () => {
  expect(Object.keys(read('__proto__: {a: 1}').value as object)).toEqual(['__proto__']);
});

it('never throws', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '&x ',
    '*x',
    '|\n',
    '"',
    '!t ',
    '<<',
    '\t',
    '---\n',
    '? ',
    '#',
    '%',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const document = readYaml({ file: 'f', text: pieces.join('') }, 'ansible');
      if (document.ok) document.value.at('/a/0');
      else expect(document.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 2_000 },
  );
});
