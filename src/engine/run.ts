import type { Emit } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { RunOutcome } from '../core/outcome.js';
import type { Play } from '../core/plan.js';
import type { World } from '../core/ports.js';
import { announceRun } from './announce.js';
import { connectAll } from './connect.js';
import { type Context, type RunRequest, record } from './context.js';
import { stoppedBySignal } from './failures.js';
import { finishRun, type RunEnd } from './finish.js';
import { emptyHistory, stillChanged } from './history.js';
import { releaseLocks, takeLocks } from './lock.js';
import { Results } from './results.js';
import { rollBack } from './rollback.js';
import { Tally } from './tally.js';
import { runTask } from './task.js';

/** Does a plan: connect, lock, one task after the other, and on a failure back to where it began. */
export async function runPlan(request: RunRequest, world: World, emit: Emit): Promise<RunEnd> {
  const context: Context = {
    request,
    mode: 'run',
    world,
    emit,
    sessions: new Map(),
    history: emptyHistory(),
    results: new Results(),
    tally: new Tally(),
  };
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const [outcome, failure] = await carryThrough(context);
  return finishRun(context, outcome, failure, startedMs);
}

async function carryThrough(context: Context): Promise<[RunOutcome, Failure | null]> {
  const begun = await record(context, {
    type: 'run.started',
    run: context.request.run,
    plan: context.request.plan.hash,
    playbook: context.request.plan.playbook,
    cluster: context.request.plan.cluster,
    hosts: context.request.plan.lockHosts,
    user: context.request.user,
    started: context.request.started,
    version: context.request.version,
  });
  if (!begun.ok) return ['refused', begun.error];
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return ['refused', unreachable];
  const locked = await takeLocks(context, null);
  if (!locked.ok) return ['refused', locked.error];
  for (const play of context.request.plan.plays) {
    const failure = await runPlay(context, play);
    if (failure !== null) return afterFailure(context, play, failure);
  }
  await releaseLocks(context);
  return ['done', null];
}

async function runPlay(context: Context, play: Play): Promise<Failure | null> {
  context.emit({ type: 'play.started', play: play.id, name: play.name });
  for (const task of play.children) {
    if (context.request.stop.aborted) return stoppedBySignal(task.id);
    const failure = await runTask(context, play, task);
    if (failure !== null) return failure;
  }
  return null;
}

/**
 * Where a failure leads. Nothing changed: refused. A step in doubt, or a point of no return behind us:
 * stop and ask a person, with the lock kept. Else: back.
 */
async function afterFailure(
  context: Context,
  play: Play,
  failure: Failure,
): Promise<[RunOutcome, Failure]> {
  const changed = stillChanged(context.history).length > 0;
  const interrupted = failure.kind === 'interrupted' || context.request.stop.aborted;
  if (failure.kind === 'unknown-outcome') return ['unknown', failure];
  if (!changed) {
    await releaseLocks(context);
    return [interrupted ? 'interrupted' : 'refused', failure];
  }
  if (interrupted) return ['interrupted', failure];
  const isFinal = context.history.pointOfNoReturn !== null;
  if (isFinal || play.onFailure === 'stop') return ['stopped', failure];
  const stuck = await rollBack(context, failure.message);
  if (stuck !== null) return ['rollback-incomplete', failure];
  await releaseLocks(context);
  return ['rolled-back', failure];
}
