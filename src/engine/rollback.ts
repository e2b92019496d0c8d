import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import { err } from '../core/result.js';
import { announceUndo, reportStep, reportTaskEnd } from './announce.js';
import { settleItems } from './bundle.js';
import { type Context, record } from './context.js';
import { atOnce, eachHost } from './each-host.js';
import { demandEvidence, neededForUndo } from './evidence.js';
import { goingBackStopped, loopIsGone, lostSession } from './failures.js';
import { type IntendedStep, isOpen, stillChanged } from './history.js';
import { enterLate, isItsOwn, notEntered } from './late.js';
import { machineOf, type StepAt, scopeOf, stepKey } from './step-at.js';
import { ended, mayBeLeftOut, onHost, type StepEnd } from './step-end.js';
import { undoStep } from './undo.js';

/** A task as it stands in one batch of its play. */
interface TaskInPlay {
  readonly play: Play;
  readonly task: Task;
}

/**
 * Goes back, newest task first, with the same barriers as forward. Inside a task it goes on past a
 * failure on one host; behind a task that could not be taken back everywhere it stops: an older state
 * under a newer one would be two histories. Gives the failure that stopped it.
 */
export async function rollBack(context: Context, why: string): Promise<Failure | null> {
  const started = await record(context, { type: 'rollback.started', why });
  if (!started.ok) return started.error;
  context.emit({ type: 'rollback.started', why });
  const tasks = newestFirst(context.request.plan.plays);
  const inDoubt = await settleDoubts(context, tasks);
  if (inDoubt !== null) return inDoubt;
  for (const one of tasks) {
    if (stepsOf(context, one).length === 0) continue;
    if (context.request.stop.aborted) return goingBackStopped(one.task.id);
    const failure = await undoTask(context, one);
    if (failure !== null) return failure;
  }
  return null;
}

/** The steps of a task that are changed, on the hosts of its batch. */
function stepsOf(context: Context, { task }: TaskInPlay): readonly IntendedStep[] {
  return stillChanged(context.history).filter(
    (step) => step.task === task.id && task.hosts.includes(step.host),
  );
}

async function undoTask(context: Context, one: TaskInPlay): Promise<Failure | null> {
  const { task } = one;
  const steps = stepsOf(context, one);
  const hosts = [...new Set(steps.map((step) => step.host))];
  const startedMs = context.world.clock.nowMs();
  announceUndo(context, task, hosts);
  const notOurs = await enterLate(context, task, hosts);
  if (notOurs !== null) return notOurs;
  const proved = await demandEvidence(context, task, neededForUndo(task));
  if (!proved.ok) {
    const end = ended('not_undone', { failure: proved.error });
    for (const { host } of steps) {
      reportStep(context, { task, host, item: undefined }, end, startedMs);
    }
    return proved.error;
  }
  const { forks } = context.request;
  const failures = await eachHost(hosts, atOnce(task.throttle, forks), 'go-on', (host) =>
    undoHost(
      context,
      one,
      steps.filter((step) => step.host === host),
    ),
  );
  reportTaskEnd(context, task, startedMs);
  return failures.find((failure) => failure !== null) ?? null;
}

/** The items of a loop go back in the other direction too, and behind one that did not none is touched. */
async function undoHost(
  context: Context,
  { play, task }: TaskInPlay,
  steps: readonly IntendedStep[],
): Promise<Failure | null> {
  for (const step of steps.toSorted((a, b) => b.index - a.index)) {
    const { host, index } = step;
    const item = itemOf(context, task, step);
    const at: StepAt = { play, task, host, index, item: item ?? undefined };
    const isGone = task.isLoop && item === undefined;
    const end = await undoOne(context, at, step, isGone);
    if (end.failure === null) continue;
    const isOut = mayBeLeftOut(task, end.failure) || isItsOwn(context, machineOf(at), end.failure);
    if (!isOut) return end.failure;
    context.leftOut.set(host, end.failure);
    return null;
  }
  return null;
}

async function undoOne(
  context: Context,
  at: StepAt,
  step: IntendedStep,
  isGone: boolean,
): Promise<StepEnd> {
  const startedMs = context.world.clock.nowMs();
  const away = notEntered(context, at.task, at.host);
  const undone =
    away !== null
      ? err(away)
      : isGone
        ? ({ ok: false, error: loopIsGone(at.host, at.index) } as const)
        : await undoStep(context, at, step);
  const end = undone.ok
    ? ended('undone', { changes: undone.value })
    : onHost(ended('not_undone', { failure: undone.error }), step.host);
  const written = await record(context, {
    type: 'undo.finished',
    ...stepKey(at),
    outcome: undone.ok ? 'undone' : 'not_undone',
    receipts: [],
    failure: end.failure,
  });
  const settled = written.ok ? end : ended('not_undone', { failure: written.error });
  reportStep(context, at, settled, startedMs);
  return settled;
}

function itemOf(context: Context, task: Task, step: IntendedStep): StepAt['item'] {
  const items = task.items(scopeOf(context, step.host));
  return items.ok ? items.value?.[step.index] : undefined;
}

/** Before anything is taken back, every change that nobody saw the end of is settled for good. */
async function settleDoubts(
  context: Context,
  tasks: readonly TaskInPlay[],
): Promise<Failure | null> {
  for (const step of stillChanged(context.history)) {
    const { host, index } = step;
    const found = tasks.find((one) => isOn(one.task, step.task, host));
    if (found === undefined) continue;
    const at: StepAt = { ...found, host, index, item: undefined };
    for (const attempt of step.attempts.filter(isOpen)) {
      const cause = lostSession(machineOf(at));
      const notOurs = await enterLate(context, found.task, [host]);
      if (notOurs !== null) return notOurs;
      if (notEntered(context, found.task, host) !== null) continue;
      const receipts = await settleItems(context, at, attempt.announced, cause);
      if (!receipts.ok && isItsOwn(context, machineOf(at), receipts.error)) {
        context.notEntered.set(machineOf(at), receipts.error);
        continue;
      }
      if (!receipts.ok) return receipts.error;
      attempt.receipts = receipts.value;
    }
  }
  return null;
}

function isOn(task: Task, id: Task['id'], host: HostName): boolean {
  return task.id === id && task.hosts.includes(host);
}

function newestFirst(plays: readonly Play[]): readonly TaskInPlay[] {
  return plays
    .flatMap((play) =>
      play.batches.flatMap((batch) => batch.children.map((task) => ({ play, task }))),
    )
    .reverse();
}
