import type { EvidenceKind } from '../core/evidence.js';
import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import { announceTask, reportStep, reportTaskEnd } from './announce.js';
import { type Context, record } from './context.js';
import { noteDowntimeEnd } from './downtime.js';
import { atOnce, eachHost } from './each-host.js';
import { demandEvidence } from './evidence.js';
import { stoppedByOperator, stoppedBySignal } from './failures.js';
import { enterLate } from './late.js';
import { hasPassed, runSteps } from './step.js';
import { failedWith, isBad, isLeftOut } from './step-end.js';

/** What went wrong in a task: on one host, or (null) before any host was touched. */
export interface TaskFailure {
  readonly host: HostName | null;
  readonly failure: Failure;
}

/**
 * One task on its hosts, a barrier: it returns when every host has finished it. On a failure the other
 * hosts still finish this task; that nothing more starts is the caller's part.
 */
export async function runTask(
  context: Context,
  play: Play,
  task: Task,
  hosts: readonly HostName[] = task.hosts,
): Promise<readonly TaskFailure[]> {
  const open = hosts.filter(
    (host) => !context.dropped.has(host) && !hasPassed(context, play, task, host),
  );
  if (open.length === 0) return [];
  if (!(await mayBegin(context, task)))
    return [{ host: null, failure: stoppedByOperator(task.id) }];
  const startedMs = context.world.clock.nowMs();
  announceTask(context, play, task, open);
  const refused = (await enterLate(context, task, open)) ?? (await prepare(context, task));
  if (refused !== null) return [refuseAll(context, task, refused)];
  const { forks } = context.request;
  const failures = await eachHost(open, atOnce(task.throttle, forks), 'stop', async (host) => {
    if (context.request.stop.aborted) return stoppedBySignal(task.id);
    const end = await runSteps(context, play, task, host);
    return isBad(end) && !isLeftOut(task, end) ? end.failure : null;
  });
  const bad = failures.flatMap((failure, index): readonly TaskFailure[] =>
    failure === null ? [] : [{ host: open[index] as HostName, failure }],
  );
  if (bad.length === 0) await passed(context, task);
  reportTaskEnd(context, task, startedMs);
  return bad;
}

/** With `--step` a person says yes to each task. */
async function mayBegin(context: Context, task: Task): Promise<boolean> {
  const { isStepwise, stop } = context.request;
  if (!isStepwise) return true;
  return context.world.operator.confirm(`Do task ${task.id}, ${task.name}?`, stop);
}

/** Evidence first, then the mark of no return: both before the first host is touched. */
async function prepare(context: Context, task: Task): Promise<Failure | null> {
  const proved = await demandEvidence(context, task, task.needs);
  if (!proved.ok) return proved.error;
  const started = await record(context, { type: 'task.started', task: task.id });
  if (!started.ok) return started.error;
  if (!task.pointOfNoReturn) return null;
  const marked = await record(context, { type: 'point-of-no-return', task: task.id });
  if (!marked.ok) return marked.error;
  context.emit({ type: 'point-of-no-return', task: task.id });
  return null;
}

function refuseAll(context: Context, task: Task, failure: Failure): TaskFailure {
  const host = failure.host ?? task.hosts[0];
  if (host !== undefined) {
    const nowMs = context.world.clock.nowMs();
    reportStep(context, { task, host, item: undefined }, failedWith(failure), nowMs);
  }
  return { host: null, failure };
}

async function passed(context: Context, task: Task): Promise<void> {
  if (task.downtime === 'ends') await noteDowntimeEnd(context);
  for (const kind of task.gives) reportEvidence(context, task, kind);
}

function reportEvidence(context: Context, task: Task, kind: EvidenceKind): void {
  context.emit({ type: 'evidence', kind, hosts: task.hosts, task: task.id });
}
