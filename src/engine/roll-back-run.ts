import type { Emit } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { RunOutcome } from '../core/outcome.js';
import type { World } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { announceRun } from './announce.js';
import { connectAll } from './connect.js';
import type { Context, RunRequest } from './context.js';
import { finishRun, type RunEnd } from './finish.js';
import { readHistory, stillChanged } from './history.js';
import { releaseLocks, takeLocks } from './lock.js';
import { Results } from './results.js';
import { rollBack } from './rollback.js';
import { Tally } from './tally.js';

/** Takes an earlier run back, in a new process: its own lock under a higher epoch, then newest first. */
export async function rollBackRun(
  request: RunRequest,
  records: readonly RecordBody[],
  world: World,
  emit: Emit,
): Promise<RunEnd> {
  const history = readHistory(records);
  const context: Context = {
    request,
    mode: 'rollback',
    world,
    emit,
    sessions: new Map(),
    history,
    results: resultsOf(request, records),
    tally: new Tally(),
  };
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const [outcome, failure] = await goBack(context);
  return finishRun(context, outcome, failure, startedMs);
}

async function goBack(context: Context): Promise<[RunOutcome, Failure | null]> {
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return ['rollback-incomplete', unreachable];
  if (stillChanged(context.history).length === 0) {
    await releaseLocks(context);
    return ['done', null];
  }
  const locked = await takeLocks(context, context.request.run);
  if (!locked.ok) return ['rollback-incomplete', locked.error];
  const stuck = await rollBack(context, 'asked for by the operator');
  if (stuck !== null) {
    return [stuck.kind === 'unknown-outcome' ? 'unknown' : 'rollback-incomplete', stuck];
  }
  await releaseLocks(context);
  return ['done', null];
}

/** Registers as they were: a task's arguments must bind to the same values as when it ran. */
function resultsOf(request: RunRequest, records: readonly RecordBody[]): Results {
  const results = new Results();
  for (const record of records) {
    if (record.type !== 'step.finished') continue;
    for (const play of request.plan.plays) {
      const task = play.children.find((one) => one.id === record.task);
      if (task !== undefined) results.put(play, task, record.host, record.outcome, record.result);
    }
  }
  return results;
}
