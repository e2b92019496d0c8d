import { describe, expect, it } from 'vitest';
import { doWork, tellSeed } from './story/batch.js';
import { crashPointsOf } from './story/crash-points.js';
import { Random } from './time/random.js';

/** As many as a test may take; `npm run simulate` tells as many as one likes. */
const SEEDS = 200;
const KILLS = 16;

const namesOf = (wrong: readonly { readonly name: string; readonly violations: unknown }[]) =>
  wrong.map(({ name, violations }) => ({ name, violations }));

describe('the engine over simulated hosts', () => {
  it(`comes to a true end in ${SEEDS} stories, each with a fault`, async () => {
    const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
    const sum = await doWork({ kind: 'seeds', seeds, without: null });
    expect(namesOf(sum.wrong)).toEqual([]);
    expect(sum).toMatchObject({ stories: SEEDS, calm: 0 });
    // Stories that all end alike would show little.
    for (const claim of ['new', 'old', 'stopped', 'untouched']) {
      expect(sum.claims[claim], claim).toBeGreaterThan(5);
    }
  });

  it(`is whole again after its controller was killed at ${KILLS} of the points where it can be`, async () => {
    const random = new Random('which points');
    const all = [...(await crashPointsOf('restore')), ...(await crashPointsOf('backup'))];
    expect(all.length).toBeGreaterThan(1_000);
    const points = Array.from({ length: KILLS }, () => random.pick(all));
    const sum = await doWork({ kind: 'crashes', points });
    expect(namesOf(sum.wrong)).toEqual([]);
    expect(sum.stories).toBe(4 * KILLS);
  });

  it('tells the same story for the same seed, to the last line', async () => {
    const one = await tellSeed(8, null, true);
    const other = await tellSeed(8, null, true);
    expect(one.told.trace.length).toBeGreaterThan(100);
    expect(other.told).toEqual(one.told);
  });
});

describe('the oracle', () => {
  for (const [rule, seeds] of [
    ['evidence', 12],
    ['verified-undo', 60],
  ] as const) {
    it(`notices that the rule «${rule}» is gone, within ${seeds} stories`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const { told } = await tellSeed(seed, rule);
        if (told.violations.length > 0) return;
      }
      expect.unreachable(`nobody noticed in ${seeds} stories`);
    });
  }
});
