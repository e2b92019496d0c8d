import type { Emit } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { RunOutcome } from '../core/outcome.js';
import type { World } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { isOlderCopy } from '../core/run-on-host.js';
import { announceRun } from './announce.js';
import { connectAll } from './connect.js';
import { type Context, newContext, type RunRequest } from './context.js';
import { finishRun, type RunEnd } from './finish.js';
import { readHistory, stillChanged } from './history.js';
import { takeLocks } from './lock.js';
import { noteResumed, rememberResults } from './remember.js';
import { goBack } from './roll-back-run.js';
import { beforeAnything, carryOn } from './run.js';

/**
 * Goes on with an earlier run in a new process, under its own lock and a higher epoch. What ended well
 * is kept with its results, what was in flight is settled first, and evidence is gathered again. A run
 * that began to go back can only finish going back.
 */
export async function resumeRun(
  request: RunRequest,
  records: readonly RecordBody[],
  world: World,
  emit: Emit,
): Promise<RunEnd> {
  const context = newContext('resume', request, world, emit, readHistory(records));
  rememberResults(context, records);
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const [outcome, failure] = await takeOver(context);
  return finishRun(context, outcome, failure, startedMs);
}

async function takeOver(context: Context): Promise<[RunOutcome, Failure | null]> {
  const noted = await noteResumed(context, 'resume');
  if (noted !== null) return [whereItStood(context), noted];
  if (context.history.rollingBack) {
    const [outcome, failure] = await goBack(context, 'the run had begun to go back');
    return [outcome === 'done' ? 'rolled-back' : outcome, failure];
  }
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return [whereItStood(context), unreachable];
  const locked = await takeLocks(context, context.request.run);
  if (!locked.ok) {
    return [isOlderCopy(locked.error) ? 'refused' : whereItStood(context), locked.error];
  }
  return carryOn(context);
}

/** Nothing was done in this process: the run is as it was found. */
function whereItStood(context: Context): RunOutcome {
  const outcome = beforeAnything(context);
  return outcome === 'refused' && stillChanged(context.history).length > 0 ? 'stopped' : outcome;
}
