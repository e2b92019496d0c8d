import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostPattern } from '../../src/inventory/host-pattern.js';
import { expandRange } from '../../src/inventory/range.js';

function names(pattern: string): readonly string[] | string {
  const read = readHostPattern(pattern);
  return read.ok ? read.value.names : read.error;
}

/** What ansible-inventory 2.14 answers to the same names. */
describe('as Ansible', () => {
  it.each([
    ['cp1', ['cp1']],
    ['a[1:3]', ['a1', 'a2', 'a3']],
    ['a[:2]', ['a0', 'a1', 'a2']],
    ['a[1:03]', ['a1', 'a2', 'a3']],
    ['a[08:11]', ['a08', 'a09', 'a10', 'a11']],
    ['a[001:010:4]', ['a001', 'a005', 'a009']],
    ['a[1:2]-[a:b]', ['a1-a', 'a1-b', 'a2-a', 'a2-b']],
    ['x[a:e:2]', ['xa', 'xc', 'xe']],
    ['x[y:B]', ['xy', 'xz', 'xA', 'xB']],
    ['2001:db8::1', ['2001:db8::1']],
    ['[::1]:22', ['::1']],
  ])('%s', (pattern, expected) => {
    expect(names(pattern)).toEqual(expected);
  });

  it.each([
    ['a:22', 22],
    ['a[1:3]:99', 99],
    ['[::1]:22', 22],
    ['a[1:3]', null],
    ['2001:db8::1', null],
  ])('%s has the port %s', (pattern, port) => {
    expect(readHostPattern(pattern)).toMatchObject({ ok: true, value: { port } });
  });
});

describe('refused with a reason', () => {
  it.each([
    ['a[3:1]', '3 is above 1'],
    ['a[01:3]', 'not equally long'],
    ['a[1:3:0]', 'not a number above 0'],
    ['a[1:]', 'neither a range'],
    ['a[1:b]', 'neither a range'],
    ['a[1]', 'no begin and end'],
    ['a[1:3', 'a [ without a ]'],
    ['a1:3]', 'a ] without a ['],
    ['a[0:99999]', 'more than 10000'],
    ['a[0:999][0:999]', 'more than 10000'],
    ['a[99999999999999999998:99999999999999999999]', 'too many digits'],
    ['a:99999', 'not a port'],
    ['[1:1]'.repeat(10_000), 'characters'],
    ['controller', 'the machine that runback runs on'],
    ['all', 'every host'],
    ['../etc', 'not a host'],
    ['-oProxyCommand', 'not a host'],
    ['a b', 'not a host'],
    ['', 'empty'],
  ])('%.40s', (pattern, why) => {
    expect(names(pattern)).toContain(why);
  });
});

describe('properties', () => {
  it('gives every number once, in order, at the width of the begin', () => {
    const range = fc.tuple(fc.nat(500), fc.nat(500), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(range, fc.boolean(), ([from, more, step], isPadded) => {
        const to = from + more;
        const width = isPadded ? 4 : 0;
        const pad = (number: number): string => String(number).padStart(width, '0');
        const expanded = expandRange(`n[${pad(from)}:${pad(to)}:${step}].x`);
        const expected: string[] = [];
        for (let number = from; number <= to; number += step) expected.push(`n${pad(number)}.x`);
        expect(expanded).toEqual({ ok: true, value: expected });
      }),
    );
  });

  it('never throws, and never gives more than it may', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      ':',
      '0',
      '1',
      '9',
      '10',
      'a',
      'Z',
      '.',
      '[1:9]',
      '[a:z]',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const read = readHostPattern(pieces.join(''));
        if (read.ok) expect(read.value.names.length).toBeLessThanOrEqual(10_000);
      }),
      { numRuns: 2_000 },
    );
  });
});
