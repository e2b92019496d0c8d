import { createHash } from 'node:crypto';

/** Choices that a seed decides: printed, it makes a failing run happen again. */
export interface Chance {
  oneOf<T>(items: readonly T[]): T;
}

/** Another one each time, unless RUNBACK_SEED says which. */
export function newSeed(): string {
  return process.env.RUNBACK_SEED ?? String(Math.floor(Math.random() * 1e9));
}

/** The choices of one test: they do not depend on which other tests run. */
export function chanceOf(seed: string, test: string): Chance {
  let drawn = 0;
  return {
    oneOf: <T>(items: readonly T[]): T => {
      const digest = createHash('sha256').update(`${seed} ${test} ${drawn++}`).digest();
      return items[digest.readUInt32BE() % items.length] as T;
    },
  };
}
