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
import { endRun, releaseLocks } from './give-back.js';
import { readHistory, stillChanged } from './history.js';
import { takeLocks } from './lock.js';
import { noteResumed, rememberResults } from './remember.js';
import { rollBack } from './rollback.js';

/** Takes an earlier run back, in a new process: its own lock under a higher epoch, then newest first. */
export async function rollBackRun(
  request: RunRequest,
  records: readonly RecordBody[],
  world: World,
  emit: Emit,
): Promise<RunEnd> {
  const context = newContext('rollback', request, world, emit, readHistory(records));
  rememberResults(context, records);
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const noted = await noteResumed(context, 'rollback');
  const [outcome, failure]: [RunOutcome, Failure | null] =
    noted === null
      ? await goBack(context, 'asked for by the operator')
      : ['rollback-incomplete', noted];
  return finishRun(context, outcome, failure, startedMs);
}

export async function goBack(context: Context, why: string): Promise<[RunOutcome, Failure | null]> {
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return [notYet(context), unreachable];
  const isChanged = stillChanged(context.history).length > 0;
  // Taken even where there is nothing to take back: a controller that was only paused is fenced by it.
  const locked = await takeLocks(context, context.request.run);
  if (!locked.ok && (isChanged || !isOthers(locked.error))) {
    return [isOlderCopy(locked.error) ? 'refused' : notYet(context), locked.error];
  }
  if (!locked.ok) {
    await releaseLocks(context);
    return ['done', null];
  }
  const stuck = isChanged ? await rollBack(context, why) : null;
  if (stuck === null) {
    const notOurs = await endRun(context);
    return notOurs === null ? ['done', null] : ['rollback-incomplete', notOurs];
  }
  if (stuck.kind === 'interrupted') return ['interrupted', stuck];
  return [stuck.kind === 'unknown-outcome' ? 'unknown' : 'rollback-incomplete', stuck];
}

/** Somebody else has the cluster by now, under a higher epoch: this run's own can start nothing more. */
function isOthers({ kind, code }: Failure): boolean {
  return kind === 'lock-held' || code === 'newer-run';
}

function notYet(context: Context): RunOutcome {
  return context.request.stop.aborted ? 'interrupted' : 'rollback-incomplete';
}
