import type { EvidenceKind } from '../core/evidence.js';
import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import { type Context, record } from './context.js';
import { noteDowntimeEnd } from './downtime.js';
import { eachHost } from './each-host.js';
import { demandEvidence } from './evidence.js';
import { runStep } from './step.js';
import { failedWith, isBad, type StepEnd } from './step-end.js';

/**
 * One task on all of its hosts, a barrier: it returns when every host has finished it. On a failure the
 * other hosts still finish this task; that nothing more starts is the caller's part.
 */
export async function runTask(context: Context, play: Play, task: Task): Promise<Failure | null> {
  const startedMs = context.world.clock.nowMs();
  announceTask(context, task);
  const ready = await prepare(context, task);
  if (ready !== null) return refuseAll(context, task, ready);
  const failures = await eachHost(task.hosts, task.throttle, async (host) => {
    const hostStartedMs = context.world.clock.nowMs();
    context.emit({ type: 'step.started', task: task.id, host });
    const end = await runStep(context, play, task, host);
    reportStep(context, task, host, end, hostStartedMs);
    return isBad(end) ? end.failure : null;
  });
  const failure = worst(failures);
  if (failure === null) await passed(context, task);
  const durationMs = context.world.clock.nowMs() - startedMs;
  context.emit({ type: 'task.finished', task: task.id, durationMs });
  return failure;
}

export function announceTask(context: Context, task: Task, direction: 'do' | 'undo' = 'do'): void {
  context.emit({
    type: 'task.started',
    task: task.id,
    name: task.name,
    module: task.module,
    hosts: task.hosts,
    direction,
    pointOfNoReturn: task.pointOfNoReturn,
    irreversible: task.irreversible,
  });
}

export function reportStep(
  context: Context,
  task: Task,
  host: HostName,
  end: StepEnd,
  startedMs: number,
): void {
  context.tally.add(end.outcome);
  context.emit({
    type: 'step.finished',
    task: task.id,
    name: task.name,
    host,
    ...end,
    durationMs: context.world.clock.nowMs() - startedMs,
  });
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

function refuseAll(context: Context, task: Task, failure: Failure): Failure {
  const nowMs = context.world.clock.nowMs();
  const host = failure.host ?? task.hosts[0];
  if (host !== undefined) reportStep(context, task, host, failedWith(failure), nowMs);
  return failure;
}

async function passed(context: Context, task: Task): Promise<void> {
  if (task.downtime === 'ends') await noteDowntimeEnd(context);
  for (const kind of task.gives) reportEvidence(context, task, kind);
}

function reportEvidence(context: Context, task: Task, kind: EvidenceKind): void {
  context.emit({ type: 'evidence', kind, hosts: task.hosts, task: task.id });
}

/** An unknown outcome outranks all others: it decides whether anything may be taken back. */
function worst(failures: readonly (Failure | null)[]): Failure | null {
  const real = failures.filter((failure): failure is Failure => failure !== null);
  return real.find((failure) => failure.kind === 'unknown-outcome') ?? real[0] ?? null;
}
