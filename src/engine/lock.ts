import type { Failure } from '../core/failure.js';
import type { HostName, RunId } from '../core/names.js';
import type { LockHolder, LockState } from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import { type Context, record } from './context.js';
import { lostSession, newerRun, stillAtWork, takenOver } from './failures.js';
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
  const highest = Math.max(0, ...states.value.map((state) => state.epoch));
  // Under a later run's changes our results are old, and its data directories would be taken for our own.
  const isOurs = states.value.some((state) => state.holder?.run === context.request.run);
  if (over !== null && !isOurs && highest > context.history.epoch && hasBegun(context.history)) {
    return err(newerRun(plan.cluster));
  }
  const epoch = 1 + highest;
  const holder = holderOf(context, epoch);
  const taken: HostName[] = [];
  for (const host of plan.lockHosts) {
    const session = context.sessions.get(host);
    const lock =
      session === undefined
        ? err(lostSession(host))
        : await session.takeLock(plan.cluster, holder, over, context.request.stop);
    // Also where it failed: an answer that was lost does not say that it was not taken.
    taken.push(host);
    if (!lock.ok) return giveUp(context, over, taken, lock.error);
    // Our own are settled when their task is reached; another run's would change the host under our hands.
    const other = lock.value.find((step) => step.run !== context.request.run);
    if (other !== undefined) return giveUp(context, over, taken, stillAtWork(host, other));
  }
  const noted = await record(context, { type: 'lock.taken', cluster: plan.cluster, epoch });
  if (!noted.ok) return giveUp(context, over, taken, noted.error);
  context.emit({ type: 'lock.taken', cluster: plan.cluster, epoch });
  return ok(undefined);
}

/**
 * Asked before the end is told: a controller that was paused behind its last change has met no fence, and
 * another may have taken its run over since. A host that does not answer says nothing of that.
 */
export async function lostLock(context: Context): Promise<Failure | null> {
  const { plan, run, abandon } = context.request;
  const { cluster } = plan;
  if (cluster === null) return null;
  const states = await Promise.all(
    plan.lockHosts.map((host) => context.sessions.get(host)?.readLock(cluster, abandon)),
  );
  for (const [index, state] of states.entries()) {
    if (state?.ok !== true) continue;
    const { holder, epoch } = state.value;
    const isOurs = holder?.run === run && epoch === context.history.epoch;
    if (!isOurs) return takenOver(plan.lockHosts[index] as HostName, cluster);
  }
  return null;
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

/** Given back in any order; a host that cannot be reached keeps its lock, and that is said. */
export async function releaseLocks(
  context: Context,
  hosts: readonly HostName[] = context.request.plan.lockHosts,
): Promise<void> {
  const { plan, run, abandon } = context.request;
  const { cluster } = plan;
  if (cluster === null) return;
  await Promise.all(
    hosts.map(async (host) => {
      const released = await context.sessions.get(host)?.releaseLock(cluster, run, abandon);
      if (released?.ok === true) return;
      const message = `the lock of cluster ${cluster} was not given back; \`runback unlock\` does it`;
      context.emit({ type: 'warning', host, message });
    }),
  );
}

async function readLocks(
  context: Context,
  cluster: string,
): Promise<Result<readonly LockState[], Failure>> {
  const { plan, stop } = context.request;
  const states = await Promise.all(
    plan.lockHosts.map(
      async (host) => context.sessions.get(host)?.readLock(cluster, stop) ?? err(lostSession(host)),
    ),
  );
  const values: LockState[] = [];
  for (const state of states) {
    if (!state.ok) return state;
    values.push(state.value);
  }
  return ok(values);
}

function holderOf(context: Context, epoch: number): LockHolder {
  const { run, user, controllerName, pid, started } = context.request;
  return { run, epoch, user, controller: controllerName, pid, since: started };
}
