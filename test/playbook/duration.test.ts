import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../src/playbook/duration.js';

describe('a duration', () => {
  it.each([
    ['90', 90_000],
    [90, 90_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h1s', 3_601_000],
    ['0', 0],
    [' 5m ', 300_000],
  ])('is what it says: %j', (written, ms) => {
    expect(durationMs(written)).toBe(ms);
  });

  it.each(['', 's', '5 m', '5M', '-5', '1.5h', '30m1h', '5m5m', '1d', '1h30', '٣s', '9999999999'])(
    'is none: «%s»',
    (written) => {
      expect(durationMs(written)).toBeNull();
    },
  );

  it('is the sum of its parts, whichever are written', () => {
    const part = fc.option(fc.nat(10_000), { nil: undefined });
    fc.assert(
      fc.property(part, part, part, (h, m, s) => {
        const written = [
          [h, 'h'],
          [m, 'm'],
          [s, 's'],
        ].flatMap(([count, unit]) => (count === undefined ? [] : [`${count}${unit}`]));
        const seconds = (h ?? 0) * 3_600 + (m ?? 0) * 60 + (s ?? 0);
        expect(durationMs(written.join(''))).toBe(written.length === 0 ? null : seconds * 1_000);
      }),
    );
  });

  it('is never a surprise: whatever is written, it is a whole number or none', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9hms ]{0,8}$/));
    fc.assert(
      fc.property(text, (written) => {
        const ms = durationMs(written);
        expect(ms === null || (Number.isInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
