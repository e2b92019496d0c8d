import type { Failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import { isLocked, type Plan, type Play, placeOf, type Task, tasksOf } from '../core/plan.js';
import type { Context } from './context.js';

/**
 * Connects to every host at once but to late ones: all that cannot be reached are known before anything is done. One
 * refused login is enough, though: the others are let go, since they would offer the same credentials.
 * A host that may fail alone, and where nothing is changed, leaves the run before it has begun.
 */
export async function connectAll(context: Context): Promise<readonly Failure[]> {
  const { plan, stop } = context.request;
  const refused = new AbortController();
  const signal = AbortSignal.any([stop, refused.signal]);
  const letGo: HostName[] = [];
  const failures = await Promise.all(
    machinesOf(plan).map(async (machine): Promise<Failure | null> => {
      const startedMs = context.world.clock.nowMs();
      const isRoot = needsRoot(plan, machine);
      const session = await context.world.hosts.connect(machine, isRoot, signal);
      if (session.ok) {
        context.sessions.set(machine, session.value);
        const durationMs = context.world.clock.nowMs() - startedMs;
        if (machine !== CONTROLLER) {
          context.emit({ type: 'host.connected', host: machine, durationMs });
        }
        return null;
      }
      if (session.error.kind === 'interrupted' && refused.signal.aborted) {
        letGo.push(machine);
        return null;
      }
      if (isRefusal(session.error)) refused.abort();
      context.emit({ type: 'host.unreachable', host: machine, failure: session.error });
      if (session.error.kind === 'unreachable' && mayBeMissed(plan, machine)) {
        context.dropped.set(machine, session.error);
        return null;
      }
      return session.error;
    }),
  );
  if (letGo.length > 0) context.emit({ type: 'warning', message: notTried(letGo), host: null });
  const fatal = failures.filter((failure): failure is Failure => failure !== null);
  const isNobodyLeft = plan.plays.every(({ hosts }) =>
    hosts.every((host) => context.dropped.has(host)),
  );
  return isNobodyLeft ? [...fatal, ...context.dropped.values()] : fatal;
}

function mayBeMissed(plan: Plan, machine: HostName): boolean {
  if (machine === CONTROLLER || isLocked(plan, machine)) return false;
  const isAtWork = (play: Play) => tasksOf({ plays: [play] }).some(isDoneOn(machine));
  return plan.plays.every((play) => !play.anyErrorsFatal || !isAtWork(play));
}

function isDoneOn(machine: HostName): (task: Task) => boolean {
  return (task) => machinesOfTask(task).includes(machine);
}

function isRefusal({ kind }: Failure): boolean {
  return kind === 'login-refused' || kind === 'sudo-refused';
}

function notTried(hosts: readonly HostName[]): string {
  const names = hosts.toSorted().join(', ');
  return `a login was refused, and no further one was tried: ${names}`;
}

/** The lock's place is root's: where the cluster is locked, receipts are too. */
export function machineIsRoot(plan: Plan, task: Task, machine: HostName): boolean {
  if (machine === CONTROLLER) return false;
  return task.become || isLocked(plan, machine);
}

/** A host that is locked is entered as root even where no task asks for it. */
export function needsRoot(plan: Plan, machine: HostName): boolean {
  if (machine === CONTROLLER) return false;
  if (isLocked(plan, machine)) return true;
  return tasksOf(plan).some((task) => task.become && machinesOfTask(task).includes(machine));
}

function machinesOf(plan: Plan): readonly HostName[] {
  const locked = plan.cluster === null ? [] : plan.lockHosts;
  const all = new Set([...locked, ...tasksOf(plan).flatMap(machinesOfTask), CONTROLLER]);
  return [...all].filter((machine) => !plan.lateHosts.includes(machine));
}

function machinesOfTask(task: Task): readonly HostName[] {
  return task.hosts.map((host) => placeOf(task, host));
}
