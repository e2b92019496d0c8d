import type { Counts } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { NotReached, RunOutcome } from '../core/outcome.js';
import { type Context, record } from './context.js';
import { downtimeMs } from './downtime.js';
import { type IntendedStep, inDoubt, stillChanged } from './history.js';

/** How a run ended: what main turns into an exit code. */
export interface RunEnd {
  readonly outcome: RunOutcome;
  readonly failure: Failure | null;
  readonly counts: Counts;
  readonly downtimeMs: number | null;
  /** What is changed and was not taken back: `task host`; empty when the run is done. */
  readonly left: readonly string[];
  /** Of these, the ones whose end nobody has seen. */
  readonly inDoubt: readonly string[];
  /** Hosts that were left out where that is allowed, and why. */
  readonly notReached: readonly NotReached[];
}

export async function finishRun(
  context: Context,
  outcome: RunOutcome,
  failure: Failure | null,
  startedMs: number,
): Promise<RunEnd> {
  await context.world.hosts.closeAll();
  const notReached = [...context.leftOut].map(([host, { message: why }]) => ({ host, why }));
  const more = notReached.length === 0 ? {} : { notReached };
  const written = await record(context, { type: 'run.finished', outcome, failure, ...more });
  if (!written.ok) {
    context.emit({ type: 'warning', host: null, message: written.error.message });
  }
  const isOver = outcome === 'done' || outcome === 'would-change';
  const end: RunEnd = {
    outcome,
    failure,
    counts: context.tally.counts(),
    downtimeMs: downtimeMs(context),
    left: isOver ? [] : stillChanged(context.history).map(nameOf),
    inDoubt: isOver ? [] : inDoubt(context.history).map(nameOf),
    notReached,
  };
  const durationMs = context.world.clock.nowMs() - startedMs;
  const { run } = context.request;
  context.emit({ type: 'run.finished', run, mode: context.mode, ...end, durationMs });
  return end;
}

/** `task host`, and the number of its item under a loop. */
export function nameOf({ task, host, index }: IntendedStep): string {
  return index === 0 ? `${task} ${host}` : `${task} ${host} #${index + 1}`;
}
