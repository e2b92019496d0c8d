import type { Failure } from '../core/failure.js';
import type { HostName, RunId } from '../core/names.js';
import type { LockHolder, LockState } from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import { type Context, record } from './context.js';
import { lostSession, newerRun } from './failures.js';
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
    if (!lock.ok) {
      await releaseLocks(context, taken);
      return lock;
    }
    taken.push(host);
  }
  const noted = await record(context, { type: 'lock.taken', cluster: plan.cluster, epoch });
  if (!noted.ok) {
    await releaseLocks(context, taken);
    return noted;
  }
  context.emit({ type: 'lock.taken', cluster: plan.cluster, epoch });
  return ok(undefined);
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
