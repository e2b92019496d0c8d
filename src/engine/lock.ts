import type { Failure } from '../core/failure.js';
import type { HostName, RunId } from '../core/names.js';
import type { LockForRun, LockHolder } from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import { olderThanHost } from '../core/run-on-host.js';
import { type Context, record } from './context.js';
import { lostSession, newerRun, stillAtWork } from './failures.js';
import { releaseLocks } from './give-back.js';
import { hasBegun } from './history.js';

/**
 * One lock for one cluster, on all of its hosts, taken one after the other in name order so that two
 * runs cannot each hold half. It never expires by itself. `over` is the run whose lock may be taken over.
 */
export async function takeLocks(
  context: Context,
  over: RunId | null,
): Promise<Result<void, Failure>> {
  const { plan } = context.request;
  if (plan.cluster === null) return ok(undefined);
  const states = await readLocks(context, plan.cluster);
  if (!states.ok) return states;
  const older = olderThanHosts(context, states.value);
  if (older !== null) return err(older);
  const highest = Math.max(0, ...states.value.map((state) => state.epoch));
  // Under a later run's changes our results are old, and its data directories would be taken for our own.
  const isOurs = states.value.some((state) => state.holder?.run === context.request.run);
  if (over !== null && !isOurs && highest > context.history.epoch && hasBegun(context.history)) {
    return err(newerRun(plan.cluster));
  }
  const epoch = 1 + highest;
  const holder = holderOf(context, epoch);
  const known = context.history.epoch;
  const taken: HostName[] = [];
  for (const host of plan.lockHosts) {
    // Also where it fails: an answer that was lost does not say that it was not taken.
    taken.push(host);
    const lock = await takeOn(context, plan.cluster, host, holder, over, known);
    if (!lock.ok) return giveUp(context, over, taken, lock.error);
  }
  const noted = await record(context, { type: 'lock.taken', cluster: plan.cluster, epoch });
  if (!noted.ok) return giveUp(context, over, taken, noted.error);
  context.emit({ type: 'lock.taken', cluster: plan.cluster, epoch });
  return ok(undefined);
}

/** The same on one host that is met late, under the epoch that the run has. */
export async function takeLockOn(
  context: Context,
  host: HostName,
  over: RunId | null,
): Promise<Result<void, Failure>> {
  const { cluster } = context.request.plan;
  if (cluster === null) return ok(undefined);
  const { epoch } = context.history;
  return takeOn(context, cluster, host, holderOf(context, epoch), over, epoch);
}

async function takeOn(
  context: Context,
  cluster: string,
  host: HostName,
  holder: LockHolder,
  over: RunId | null,
  known: number,
): Promise<Result<void, Failure>> {
  const { run, stop } = context.request;
  const session = context.sessions.get(host);
  if (session === undefined) return err(lostSession(host));
  const lock = await session.takeLock(cluster, holder, over, known, stop);
  if (!lock.ok) return lock;
  // Our own are settled when their task is reached; another run's would change the host under our hands.
  const other = lock.value.open.find((step) => step.run !== run);
  if (other !== undefined) return err(stillAtWork(host, other));
  // Whoever was fenced by it may have begun something since it was looked at.
  const late = olderThanHost(host, run, lock.value.ofRun, seenBy(context));
  return late === null ? ok(undefined) : err(late);
}

/** A run that was taken over has changed hosts, perhaps: its lock stays, half under the new epoch. */
async function giveUp(
  context: Context,
  over: RunId | null,
  taken: readonly HostName[],
  cause: Failure,
): Promise<Result<void, Failure>> {
  if (over === null) await releaseLocks(context, taken);
  return err(cause);
}

async function readLocks(
  context: Context,
  cluster: string,
): Promise<Result<readonly LockForRun[], Failure>> {
  const { plan, run, stop } = context.request;
  const states = await Promise.all(
    plan.lockHosts.map(
      async (host) =>
        context.sessions.get(host)?.readLockFor(cluster, run, stop) ?? err(lostSession(host)),
    ),
  );
  const values: LockForRun[] = [];
  for (const state of states) {
    if (!state.ok) return state;
    values.push(state.value);
  }
  return ok(values);
}

/** Nothing is taken for an older copy of the run's directory: it would do again what is done. */
function olderThanHosts(context: Context, states: readonly LockForRun[]): Failure | null {
  const { plan, run } = context.request;
  for (const [index, { ofRun }] of states.entries()) {
    const host = plan.lockHosts[index] as HostName;
    const older = olderThanHost(host, run, ofRun, seenBy(context));
    if (older !== null) return older;
  }
  return null;
}

function seenBy({ history }: Context) {
  return { epoch: history.epoch, announced: history.announced };
}

function holderOf(context: Context, epoch: number): LockHolder {
  const { run, user, controllerName, pid, started } = context.request;
  return { run, epoch, user, controller: controllerName, pid, since: started };
}
