import type { Json } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import { reportStep } from './announce.js';
import { attemptStep, type Tried } from './attempt.js';
import { type Context, record } from './context.js';
import { findIntended, isPassed, keyOf } from './history.js';
import { isMendable, judge, lastWord, nothingToLoopOver, stoppedInside } from './judge.js';
import { notEntered } from './late.js';
import { recordOf } from './results.js';
import { type StepAt, scopeOf, stepKey, stepsOf } from './step-at.js';
import { ended, failedWith, isBad, mayBeLeftOut, onHost, type StepEnd } from './step-end.js';
import { openAttempt, takeUp } from './take-up.js';

/** A task on one host: once, or once for each item of its loop. Stops at the first item that fails. */
export async function runSteps(
  context: Context,
  play: Play,
  task: Task,
  host: HostName,
): Promise<StepEnd> {
  const alone: StepAt = { play, task, host, index: 0, item: undefined };
  const away = notEntered(context, task, host);
  if (away !== null) {
    const end = await conclude(context, alone, { end: failedWith(away), ...NOTHING }, 1);
    context.results.put(task, host, task.isLoop ? [] : recordOf(end.outcome, null));
    return end;
  }
  const items = task.items(scopeOf(context, host));
  if (!items.ok) return conclude(context, alone, { end: failedWith(items.error), ...NOTHING }, 1);
  if (items.value?.length === 0) {
    context.results.put(task, host, []);
    const end = nothingToLoopOver();
    reportStep(context, alone, end, context.world.clock.nowMs());
    return end;
  }
  let last = ended('ok');
  const given: Json[] = [];
  for (const at of stepsOf(play, task, host, items.value)) {
    last = await runStep(context, at);
    given.push(recordOf(last.outcome, last.result));
    context.results.put(task, host, task.isLoop ? [...given] : (given[0] as Json));
    if (isBad(last)) break;
  }
  return last;
}

const NOTHING = { before: null, receipts: [] } as const;

/** True when an earlier process has seen all of a host's steps of this task to a good end. */
export function hasPassed(context: Context, play: Play, task: Task, host: HostName): boolean {
  if (context.history.finished.size === 0) return false;
  const items = task.items(scopeOf(context, host));
  if (!items.ok || items.value?.length === 0) return false;
  return stepsOf(play, task, host, items.value).every((at) => passedBefore(context, at) !== null);
}

function passedBefore(context: Context, at: StepAt): StepEnd | null {
  const known = context.history.finished.get(keyOf(stepKey(at)));
  return known !== undefined && isPassed(known) ? ended(known.outcome, known) : null;
}

/** One step: attempts until it is good enough, or until there are no more. */
async function runStep(context: Context, at: StepAt): Promise<StepEnd> {
  const before = passedBefore(context, at);
  if (before !== null) return before;
  const { task, host } = at;
  const { clock } = context.world;
  const { stop } = context.request;
  context.emit({ type: 'step.started', task: task.id, host });
  const startedMs = clock.nowMs();
  for (;;) {
    if (stop.aborted) return stoppedInside(at);
    const used = 1 + (context.history.retries.get(keyOf(stepKey(at))) ?? 0);
    const open = openAttempt(context, at);
    const tried = await (open === null
      ? attemptStep(context, at, nextAttempt(context, at))
      : takeUp(context, at, open));
    const judged = judge(context, at, onHostOf(at, tried));
    const isLast = judged.isEnough || used >= task.attemptsMax || !isMendable(judged.end);
    if (isLast) {
      const end = lastWord(at, judged, used);
      return conclude(context, at, { ...tried, end }, used, startedMs);
    }
    const failure = await noteRetry(context, at, tried, judged.end, used);
    if (failure !== null) return conclude(context, at, { ...tried, end: failure }, used, startedMs);
    await clock.sleep(task.delayMs, stop);
  }
}

function onHostOf(at: StepAt, { end }: Tried): StepEnd {
  return onHost(end, at.host);
}

/** Ids are used once: a step that is begun again has the next number, in whatever process. */
function nextAttempt(context: Context, at: StepAt): number {
  const attempts = findIntended(context.history, stepKey(at))?.attempts ?? [];
  return 1 + (attempts.at(-1)?.attempt ?? 0);
}

async function noteRetry(
  context: Context,
  at: StepAt,
  tried: Tried,
  end: StepEnd,
  used: number,
): Promise<StepEnd | null> {
  const { receipts } = tried;
  const body = { ...stepKey(at), attempt: used, receipts, failure: end.failure };
  const noted = await record(context, { type: 'step.retry', ...body });
  if (!noted.ok) return failedWith(noted.error);
  context.emit({
    type: 'step.retried',
    task: at.task.id,
    host: at.host,
    item: at.task.noLog ? null : (at.item ?? null),
    attempt: used,
    attemptsMax: at.task.attemptsMax,
    why: end.failure?.message ?? 'it is not so yet',
  });
  return null;
}

/**
 * The result is durable before anything that depends on it can start. What was stopped has not ended: it
 * is neither recorded nor told as a failure.
 */
async function conclude(
  context: Context,
  at: StepAt,
  { end: stepEnd, before, receipts }: Tried,
  attempts: number,
  startedMs = context.world.clock.nowMs(),
): Promise<StepEnd> {
  let end = orLeftOut(context, at, onHost(stepEnd, at.host));
  if (end.failure?.kind === 'interrupted') return end;
  const { outcome, result, failure } = end;
  const body = { ...stepKey(at), outcome, before, result, receipts, failure };
  const written = await record(context, { type: 'step.finished', ...body });
  if (!written.ok && !isBad(end)) end = failedWith(written.error, end.changes);
  reportStep(context, at, end, startedMs, attempts);
  return end;
}

/** A host that is away, where that is allowed, has nothing more to say, and stops nobody. */
function orLeftOut(context: Context, at: StepAt, end: StepEnd): StepEnd {
  const { failure } = end;
  if (failure === null) return end;
  const isOut = notEntered(context, at.task, at.host) !== null || mayBeLeftOut(at.task, failure);
  if (!isOut) return end;
  context.leftOut.set(at.host, failure);
  return { ...end, outcome: 'unreachable', why: 'left out' };
}
