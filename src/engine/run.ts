import type { Emit } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { RunOutcome } from '../core/outcome.js';
import type { World } from '../core/ports.js';
import { announceRun } from './announce.js';
import { connectAll } from './connect.js';
import { type Context, newContext, type RunRequest, record } from './context.js';
import { finishRun, type RunEnd } from './finish.js';
import { endRun, releaseLocks } from './give-back.js';
import { emptyHistory, stillChanged } from './history.js';
import { takeLocks } from './lock.js';
import { runPlays, type Stopped } from './plays.js';
import { rollBack } from './rollback.js';

/** Does a plan: connect, lock, one task after the other, and on a failure back to where it began. */
export async function runPlan(request: RunRequest, world: World, emit: Emit): Promise<RunEnd> {
  const context = newContext('run', request, world, emit, emptyHistory());
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const [outcome, failure] = await begin(context);
  return finishRun(context, outcome, failure, startedMs);
}

async function begin(context: Context): Promise<[RunOutcome, Failure | null]> {
  const { plan, run, user, started, version, accepted, reason } = context.request;
  const begun = await record(context, {
    type: 'run.started',
    run,
    plan: plan.hash,
    playbook: plan.playbook,
    cluster: plan.cluster,
    hosts: plan.lockHosts,
    user,
    started,
    version,
    accepted,
    reason,
    without: plan.without,
  });
  if (!begun.ok) return ['refused', begun.error];
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return [beforeAnything(context), unreachable];
  const locked = await takeLocks(context, null);
  if (!locked.ok) return [beforeAnything(context), locked.error];
  return carryOn(context);
}

/** Under the lock: goes through the plays, and says where a failure leads. */
export async function carryOn(context: Context): Promise<[RunOutcome, Failure | null]> {
  const stopped = await runPlays(context);
  if (stopped !== null) return afterFailure(context, stopped);
  const [failed] = context.dropped.values();
  if (failed !== undefined) {
    // Without a lock no host is changed, whatever was written here.
    const isLocked = context.request.plan.cluster !== null;
    const isChanged = isLocked && stillChanged(context.history).length > 0;
    return isChanged ? ['stopped', failed] : endUnchanged(context, 'refused', failed);
  }
  const notOurs = await endRun(context);
  return notOurs === null ? ['done', null] : [notOver(context), notOurs];
}

/** All is done, but for the end itself: whoever takes the run up has only that to do. */
function notOver(context: Context): RunOutcome {
  return context.request.stop.aborted ? 'interrupted' : 'stopped';
}

/** Nothing was changed: the lock goes whatever happens, and only another's word outranks the failure. */
async function endUnchanged(
  context: Context,
  outcome: RunOutcome,
  failure: Failure,
): Promise<[RunOutcome, Failure]> {
  const notOurs = await endRun(context);
  if (notOurs?.kind === 'fenced') return ['stopped', notOurs];
  if (notOurs !== null) await releaseLocks(context);
  return [outcome, failure];
}

export function beforeAnything(context: Context): RunOutcome {
  return context.request.stop.aborted ? 'interrupted' : 'refused';
}

/**
 * Taken over by another process: it alone knows the end. Nothing changed: refused. A step in doubt, or a point
 * of no return behind us: stop and ask a person, with the lock kept. Else: back.
 */
async function afterFailure(
  context: Context,
  { play, failure }: Stopped,
): Promise<[RunOutcome, Failure]> {
  const isChanged = stillChanged(context.history).length > 0;
  const isInterrupted = failure.kind === 'interrupted' || context.request.stop.aborted;
  if (failure.kind === 'unknown-outcome') return ['unknown', failure];
  if (failure.kind === 'fenced') return ['stopped', failure];
  if (!isChanged) return endUnchanged(context, isInterrupted ? 'interrupted' : 'refused', failure);
  if (isInterrupted) return ['interrupted', failure];
  const isFinal = context.history.pointOfNoReturn !== null;
  if (isFinal || play.onFailure === 'stop') return ['stopped', failure];
  const stuck = await rollBack(context, failure.message);
  if (stuck === null) {
    const notOurs = await endRun(context);
    return notOurs === null ? ['rolled-back', failure] : [notOver(context), notOurs];
  }
  if (stuck.kind === 'interrupted') return ['interrupted', failure];
  return [stuck.kind === 'unknown-outcome' ? 'unknown' : 'rollback-incomplete', stuck];
}
