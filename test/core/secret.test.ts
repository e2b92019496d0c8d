import { describe, expect, it } from 'vitest';
import { MASK, redact, Secret } from '../../src/core/secret.js';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  it('never becomes text by accident', () => {
    expect(`${secret}`).toBe(MASK);
    expect(JSON.stringify({ secret })).toBe(`{"secret":"${MASK}"}`);
    expect(Object.values(secret)).toEqual([]);
  });

  it('is taken out of any text, the longest first', () => {
    const longer = new Secret('hunter2000');
    expect(redact('hunter2000 and hunter2', [secret, longer])).toBe(`${MASK} and ${MASK}`);
  });

  it('does not take an empty secret out of everything', () => {
    expect(redact('abc', [new Secret('')])).toBe('abc');
  });
});
