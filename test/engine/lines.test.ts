import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lines } from '../../src/engine/lines.js';

const piece = (text: string, gap = false) => ({ text, gap });
const textsOf = (lines: ReturnType<Lines['take']>) => lines.map(({ text }) => text);

describe('the lines of a stream of output', () => {
  it('are the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,6}$/)), (pieces) => {
        const lines = new Lines();
        const told = pieces.flatMap((text) => textsOf(lines.take(piece(text))));
        const whole = pieces.join('').split('\n');
        const rest = whole.pop() ?? '';
        expect(told).toEqual(whole);
        expect(textsOf(lines.rest())).toEqual(rest === '' ? [] : [rest]);
      }),
    );
  });

  it('are told as not belonging together where something is left out between', () => {
    const lines = new Lines();
    expect(lines.take(piece('one\ntw'))).toEqual([{ text: 'one', gap: false }]);
    expect(lines.take(piece('ree\nfour\n', true))).toEqual([
      { text: 'tw', gap: false },
      { text: 'ree', gap: true },
      { text: 'four', gap: false },
    ]);
  });

  it('are bounded: one without an end is kept to its first 4096 characters', () => {
    const lines = new Lines();
    for (let count = 0; count < 100; count++)
      expect(lines.take(piece('x'.repeat(100)))).toEqual([]);
    expect(textsOf(lines.take(piece('\nnext\n')))).toEqual(['x'.repeat(4_096), 'next']);
  });
});
