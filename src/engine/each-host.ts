import type { Failure } from '../core/failure.js';

/**
 * Does the same for each item, all at once or so many at a time. Behind a failure no further one starts,
 * unless it is to `go-on`; those that have started are waited for. The failures stand in the items' order,
 * whichever came first.
 */
export async function eachHost<T>(
  items: readonly T[],
  throttle: number | null,
  behindFailure: 'stop' | 'go-on',
  work: (item: T) => Promise<Failure | null>,
): Promise<readonly (Failure | null)[]> {
  const failures = items.map((): Failure | null => null);
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, item] = next;
      const failure = await work(item);
      failures[place] = failure;
      if (failure !== null && behindFailure === 'stop') waiting.length = 0;
    }
  };
  const workers = Math.min(throttle ?? items.length, items.length);
  await Promise.all(Array.from({ length: workers }, worker));
  return failures;
}

/** The stricter of a task's own throttle and the operator's forks. */
export function atOnce(throttle: number | null, forks: number | null): number | null {
  if (throttle === null || forks === null) return throttle ?? forks;
  return Math.min(throttle, forks);
}
