import type { HostName } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import { type Plan, type Task, tasksOf } from '../core/plan.js';
import type { RecordBody } from '../core/record.js';
import type { RunStatus, TaskStatus } from '../core/run-status.js';
import { nameOf } from './finish.js';
import {
  type FinishedStep,
  type History,
  inDoubt,
  isPassed,
  readHistory,
  stillChanged,
} from './history.js';

export type { RunStatus } from '../core/run-status.js';

/**
 * Reads a journal the way a resumed run would. Pure: looks at nothing but the records. Without a plan (a
 * playbook that this version cannot read any more) tasks have no names.
 */
export function statusOf(plan: Plan | null, records: readonly RecordBody[]): RunStatus {
  const history = readHistory(records);
  const [first] = records;
  if (first?.type !== 'run.started') throw new Error('a journal begins with run.started');
  const left = stillChanged(history);
  const { downtimeStartMs, downtimeEndMs } = history;
  return {
    run: first.run,
    name: plan?.name ?? first.playbook,
    playbook: first.playbook,
    cluster: first.cluster,
    hosts: plan === null ? first.hosts : hostsOf(plan),
    user: first.user,
    started: first.started,
    outcome: history.ended,
    failure: lastEnd(records)?.failure ?? null,
    isGoingBack: history.rollingBack,
    isTakenBack: history.rollingBack && left.length === 0 && history.ended === 'done',
    isCleaned: history.cleaned,
    pointOfNoReturn: history.pointOfNoReturn,
    epoch: history.epoch,
    downtimeMs:
      downtimeStartMs === null || downtimeEndMs === null ? null : downtimeEndMs - downtimeStartMs,
    tasks:
      plan === null ? [] : mergedById(tasksOf(plan)).map((tasks) => taskStatus(tasks, history)),
    left: left.map(nameOf),
    inDoubt: inDoubt(history).map(nameOf),
    notReached: lastEnd(records)?.notReached ?? [],
  };
}

function hostsOf(plan: Plan): readonly HostName[] {
  return [...new Set(plan.plays.flatMap((play) => play.hosts))];
}

/** A task of a `serial` play stands in every batch: it is one task all the same. */
function mergedById(tasks: readonly Task[]): readonly (readonly Task[])[] {
  const byId = new Map<string, Task[]>();
  for (const task of tasks) byId.set(task.id, [...(byId.get(task.id) ?? []), task]);
  return [...byId.values()];
}

function taskStatus(tasks: readonly Task[], history: History): TaskStatus {
  const { id: task, name } = tasks[0] as Task;
  const hosts = tasks.flatMap((one) => one.hosts);
  const ends = [...history.finished].filter(([key]) => key.startsWith(`${task} `));
  const counts: { [outcome in StepOutcome]?: number } = {};
  for (const [, { outcome }] of ends) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const begun = history.intended.filter((step) => step.task === task);
  const isBack = begun.length > 0 && begun.every((step) => step.undone);
  const passed = hosts.every((host) =>
    ends.some(([key, end]) => key.startsWith(`${task} ${host} `) && isPassedIn(tasks, end)),
  );
  const isBegun = ends.length > 0 || begun.length > 0;
  const state = isBack ? 'taken-back' : passed ? 'done' : isBegun ? 'open' : 'not-begun';
  return { task, name, state, counts };
}

/** Who was left out where that is allowed is no reason to say that a task is not done. */
function isPassedIn([task]: readonly Task[], end: FinishedStep): boolean {
  return isPassed(end) || (task?.ignoreUnreachable === true && end.outcome === 'unreachable');
}

function lastEnd(records: readonly RecordBody[]) {
  const last = records.findLast((record) => record.type === 'run.finished');
  return last?.type === 'run.finished' ? last : null;
}
