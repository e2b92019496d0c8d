import type { Failure } from '../core/failure.js';

/**
 * Does the same for each item, all at once or so many at a time. Behind a failure no further one starts;
 * those that have started are waited for.
 */
export async function eachHost<T>(
  items: readonly T[],
  throttle: number | null,
  work: (item: T) => Promise<Failure | null>,
): Promise<readonly (Failure | null)[]> {
  const failures: (Failure | null)[] = [];
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      const failure = await work(item);
      failures.push(failure);
      if (failure !== null && throttle !== null) waiting.length = 0;
    }
  };
  const atOnce = Math.min(throttle ?? items.length, items.length);
  await Promise.all(Array.from({ length: atOnce }, worker));
  return failures;
}
