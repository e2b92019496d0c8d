import type { HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import type { Context } from './context.js';
import type { StepAt } from './step-at.js';
import type { StepEnd } from './step-end.js';

/** What is said about a run while it goes on: events, and nothing but events. */

/** The first event of every mode: what is about to be done, to whom, and where it is recorded. */
export function announceRun(context: Context): void {
  const { plan, run, directory } = context.request;
  context.emit({
    type: 'run.started',
    run,
    mode: context.mode,
    playbook: plan.playbook,
    name: plan.name,
    cluster: plan.cluster,
    hosts: [...new Set(plan.plays.flatMap((play) => play.hosts))],
    without: plan.without,
    directory,
  });
}

/** A play is announced with the first of its tasks that begins: a resumed run passes some in silence. */
export function announceTask(
  context: Context,
  play: Play,
  task: Task,
  hosts: readonly HostName[],
): void {
  if (context.announcedPlay !== play.id) {
    context.announcedPlay = play.id;
    context.emit({ type: 'play.started', play: play.id, name: play.name });
  }
  emitTask(context, task, hosts, 'do');
}

export function announceUndo(context: Context, task: Task, hosts: readonly HostName[]): void {
  emitTask(context, task, hosts, 'undo');
}

export function reportTaskEnd(context: Context, task: Task, startedMs: number): void {
  const durationMs = context.world.clock.nowMs() - startedMs;
  context.emit({ type: 'task.finished', task: task.id, durationMs });
}

export function reportStep(
  context: Context,
  { task, host, item }: Omit<StepAt, 'play' | 'index'>,
  end: StepEnd,
  startedMs: number,
  attempts = 1,
): void {
  context.tally.add(end.outcome);
  context.emit({
    type: 'step.finished',
    task: task.id,
    name: task.name,
    host,
    item: task.noLog ? null : (item ?? null),
    attempts,
    ...(task.noLog ? unseen(end) : end),
    durationMs: context.world.clock.nowMs() - startedMs,
  });
}

const HIDDEN = 'not shown (no_log)';

/** Of a `no_log` task only how it went is told. */
function unseen(end: StepEnd): StepEnd {
  const { failure } = end;
  return {
    ...end,
    changes: end.changes.map(() => HIDDEN),
    result: null,
    failure: failure === null ? null : { ...hidden(failure) },
  };
}

function hidden({ detail: _, ...failure }: NonNullable<StepEnd['failure']>) {
  return { ...failure, message: `${failure.code}: ${HIDDEN}` };
}

function emitTask(
  context: Context,
  task: Task,
  hosts: readonly HostName[],
  direction: 'do' | 'undo',
): void {
  context.emit({
    type: 'task.started',
    task: task.id,
    name: task.name,
    module: task.module,
    hosts,
    direction,
    pointOfNoReturn: task.pointOfNoReturn,
    irreversible: task.irreversible,
  });
}
