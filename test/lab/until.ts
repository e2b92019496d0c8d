import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Asks until the answer is no longer undefined, and answers it. Throws when the time is up, saying what
 * it waited for and what it saw last (an error thrown while asking counts as "not yet").
 */
export async function until<T>(
  what: string,
  timeMsMax: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadlineMs = Date.now() + timeMsMax;
  let last = 'nothing';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (problem) {
      last = String(problem);
    }
    if (Date.now() > deadlineMs) {
      throw new Error(`waited ${timeMsMax} ms for ${what}; last seen: ${last}`);
    }
    await wait(POLL_MS);
  }
}

/** As `until`, for a plain yes or no. */
export async function untilTrue(
  what: string,
  timeMsMax: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  await until(what, timeMsMax, async () => ((await ask()) ? true : undefined));
}
