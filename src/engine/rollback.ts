import type { Failure } from '../core/failure.js';
import type { Play, Task } from '../core/plan.js';
import { settleItems } from './bundle.js';
import { type Context, record } from './context.js';
import { eachHost } from './each-host.js';
import { demandEvidence, neededForUndo } from './evidence.js';
import { lostSession } from './failures.js';
import { type IntendedStep, stillChanged } from './history.js';
import { ended, onHost, type StepEnd } from './step-end.js';
import { announceTask, reportStep } from './task.js';
import { undoStep } from './undo.js';

/**
 * Goes back, newest task first, with the same barriers as forward. Inside a task it goes on past a
 * failure on one host; behind a task that could not be taken back everywhere it stops: an older state
 * under a newer one would be two histories. Gives the failure that stopped it.
 */
export async function rollBack(context: Context, why: string): Promise<Failure | null> {
  const started = await record(context, { type: 'rollback.started', why });
  if (!started.ok) return started.error;
  context.emit({ type: 'rollback.started', why });
  const inDoubt = await settleDoubts(context);
  if (inDoubt !== null) return inDoubt;
  for (const task of newestFirst(context.request.plan.plays)) {
    const steps = stillChanged(context.history).filter((step) => step.task === task.id);
    if (steps.length === 0) continue;
    const failure = await undoTask(context, task, steps);
    if (failure !== null) return failure;
  }
  return null;
}

async function undoTask(
  context: Context,
  task: Task,
  steps: readonly IntendedStep[],
): Promise<Failure | null> {
  const startedMs = context.world.clock.nowMs();
  announceTask(context, task, 'undo');
  const proved = await demandEvidence(context, task, neededForUndo(task));
  if (!proved.ok) {
    const end = ended('not_undone', { failure: proved.error });
    for (const step of steps) reportStep(context, task, step.host, end, startedMs);
    return proved.error;
  }
  const failures = await eachHost(steps, task.throttle, async (step) => {
    const end = await undoOne(context, task, step);
    return end.failure;
  });
  const durationMs = context.world.clock.nowMs() - startedMs;
  context.emit({ type: 'task.finished', task: task.id, durationMs });
  return failures.find((failure) => failure !== null) ?? null;
}

async function undoOne(context: Context, task: Task, step: IntendedStep): Promise<StepEnd> {
  const startedMs = context.world.clock.nowMs();
  const undone = await undoStep(context, task, step);
  const end = undone.ok
    ? ended('undone', { changes: undone.value })
    : onHost(ended('not_undone', { failure: undone.error }), step.host);
  const written = await record(context, {
    type: 'undo.finished',
    task: task.id,
    host: step.host,
    outcome: undone.ok ? 'undone' : 'not_undone',
    receipts: [],
    failure: end.failure,
  });
  const settled = written.ok ? end : ended('not_undone', { failure: written.error });
  reportStep(context, task, step.host, settled, startedMs);
  return settled;
}

/** Before anything is taken back, every change that nobody saw the end of is settled for good. */
async function settleDoubts(context: Context): Promise<Failure | null> {
  const tasks = newestFirst(context.request.plan.plays);
  for (const step of stillChanged(context.history)) {
    if (step.receipts !== null) continue;
    const task = tasks.find((one) => one.id === step.task);
    if (task === undefined) continue;
    const cause = lostSession(step.host);
    const receipts = await settleItems(context, task, step.host, step.announced, cause);
    if (!receipts.ok) return receipts.error;
    step.receipts = receipts.value;
  }
  return null;
}

function newestFirst(plays: readonly Play[]): readonly Task[] {
  return plays.flatMap((play) => play.children).reverse();
}
