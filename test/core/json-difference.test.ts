import { describe, expect, it } from 'vitest';
import { differences, differenceText } from '../../src/core/json-difference.js';

const between = (before: never | object, after: object) =>
  differences(before as never, after as never).map(differenceText);

describe('the differences of two values', () => {
  it('are named as deep as they can be compared', () => {
    expect(between({ a: { b: 1, c: [1, 2] } }, { a: { b: 2, c: [1, 3] } })).toEqual([
      'a.b: 1 → 2',
      'a.c.1: 2 → 3',
    ]);
  });

  it('are none where only the order of the keys differs', () => {
    expect(between({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  });

  it('say what is there on one side only', () => {
    expect(between({ a: 1 }, { b: 1 })).toEqual(['a: 1 → nothing', 'b: nothing → 1']);
  });

  it('tell a list from a text', () => {
    expect(between({ a: ['x'] }, { a: 'x' })).toEqual(['a: ["x"] → "x"']);
  });
});
