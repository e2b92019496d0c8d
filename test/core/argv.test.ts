import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, quote } from '../../src/core/argv.js';

describe('quote', () => {
  it('leaves plain words as they are', () => {
    expect(quote('/var/lib/etcd')).toBe('/var/lib/etcd');
    expect(quote('--name=cp1')).toBe('--name=cp1');
  });

  it('wraps everything else', () => {
    expect(quote('')).toBe("''");
    expect(quote('a b')).toBe("'a b'");
    expect(quote("it's")).toBe("'it'\\''s'");
    expect(quote('$(reboot)')).toBe("'$(reboot)'");
    expect(quote('~')).toBe("'~'");
  });

  it('refuses what cannot be an argument', () => {
    expect(() => quote('a\0b')).toThrow('NUL');
  });

  it('gives back every word through a real shell', () => {
    const words = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 6 });
    fc.assert(
      fc.property(words, (list) => {
        const clean = list.map((word) => Buffer.from(word.replaceAll('\0', '')).toString());
        const script = `printf '%s\\0' x ${commandLine(clean)}`;
        const said = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
        expect(said).toBe(['x', ...clean].map((word) => `${word}\0`).join(''));
      }),
      { numRuns: 60 },
    );
  });
});
