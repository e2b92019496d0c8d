import type { Pause } from '../core/ask.js';
import type { Emit, RunMode } from '../core/event.js';
import { failure, refused } from '../core/failure.js';
import type { World } from '../core/ports.js';
import { err, ok } from '../core/result.js';

interface Around {
  readonly mode: RunMode;
  readonly world: Pick<World, 'clock' | 'operator'>;
  readonly emit: Emit;
}

/** What is waited for is told as an event, so that no row that spins is drawn over it. */
export function pauser({ mode, world, emit }: Around, stop: AbortSignal): Pause {
  const { clock, operator } = world;
  return async (message, forMs) => {
    if (mode === 'dry-run') return ok({ by: 'nobody', waitedMs: 0 });
    if (!operator.isThere && forMs === null) {
      const next = 'run it at a terminal, or say how long to wait: `for: 30s`';
      return err(refused('nobody-there', 'there is no terminal, so nobody can go on', next));
    }
    emit({ type: 'paused', message, forMs });
    const beganMs = clock.nowMs();
    const over = new AbortController();
    const signal = AbortSignal.any([stop, over.signal]);
    const waits: Promise<'operator' | 'time'>[] = [];
    if (operator.isThere) waits.push(operator.enter(signal).then(() => 'operator'));
    if (forMs !== null) waits.push(clock.sleep(forMs, signal).then(() => 'time'));
    const by = await Promise.race(waits);
    over.abort();
    if (!stop.aborted) return ok({ by, waitedMs: clock.nowMs() - beganMs });
    const next = 'type `runback resume` to go on, or `runback rollback` to go back';
    return err(failure('interrupted', 'interrupted', 'stopped while it paused', next));
  };
}
