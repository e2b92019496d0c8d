import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { GivenBack, Session } from '../core/ports.js';
import type { Result } from '../core/result.js';
import { type Context, record } from './context.js';
import { endNotHeard, takenOver } from './failures.js';

/** How a lock's end is asked for; at most twice, so that asking again must do no harm. */
type GiveBack = (session: Session) => Promise<Result<GivenBack, Failure>>;

/**
 * The end of a run, before it is told. Its hosts have the last word: a controller that was paused behind its
 * last change has met no fence, and another may have taken its run over since. Each host notes the end under
 * an epoch of its own and gives its lock back, the first in name order alone, as in taking: of an end and a
 * take-over one is right everywhere. Null: it is the end. A host that does not answer keeps its lock, and
 * that is said; where none answers it is not the end.
 */
export async function endRun(context: Context): Promise<Failure | null> {
  const { plan, run } = context.request;
  const { cluster } = plan;
  if (cluster === null) return null;
  const { epoch } = context.history;
  const next = epoch + 1;
  // First here: a host may know no end that the journal does not know.
  const noted = await record(context, { type: 'lock.releasing', cluster, epoch: next });
  if (!noted.ok) return noted.error;
  const [first, ...others] = plan.lockHosts;
  if (first === undefined) return null;
  const end: GiveBack = (session) =>
    session.endRun(cluster, { run, epoch, next }, context.request.abandon);
  const decided = await onHost(context, first, end);
  if (decided.ok && decided.value === 'others') return takenOver(first, cluster);
  const rest = await Promise.all(others.map((host) => onHost(context, host, end)));
  let isHeard = false;
  for (const [index, answer] of [decided, ...rest].entries()) {
    const host = plan.lockHosts[index] as HostName;
    if (answer.ok && answer.value === 'others') return takenOver(host, cluster);
    isHeard ||= answer.ok;
    if (!answer.ok) warnOfLock(context, host, cluster);
  }
  await releaseLocks(context, [...context.history.entered]);
  return isHeard ? null : endNotHeard(cluster, decided.ok ? null : decided.error);
}

/**
 * Gives back what a run took before it did anything, and what is its own of a run that others go on with. A
 * host that cannot be reached keeps its lock, and that is said.
 */
export async function releaseLocks(
  context: Context,
  hosts: readonly HostName[] = [...context.request.plan.lockHosts, ...context.history.entered],
): Promise<void> {
  const { plan, run, abandon } = context.request;
  const { cluster } = plan;
  if (cluster === null) return;
  await Promise.all(
    hosts.map(async (host) => {
      // Of one that was entered by an earlier process no session knows the epoch.
      const epoch = plan.lateHosts.includes(host) ? context.history.epoch : undefined;
      const released = await onHost(context, host, (session) =>
        session.releaseLock(cluster, run, abandon, epoch),
      );
      if (!released.ok) warnOfLock(context, host, cluster);
    }),
  );
}

/** A connection that is gone, or that breaks under it, is made again, once. */
async function onHost(
  context: Context,
  host: HostName,
  giveBack: GiveBack,
): Promise<Result<GivenBack, Failure>> {
  const known = context.sessions.get(host);
  const given = known === undefined ? null : await giveBack(known);
  if (given?.ok === true || given?.error.kind === 'disk') return given;
  const again = await context.world.hosts.connect(host, true, context.request.abandon);
  if (!again.ok) return again;
  context.sessions.set(host, again.value);
  return giveBack(again.value);
}

function warnOfLock(context: Context, host: HostName, cluster: string): void {
  const message = `the lock of cluster ${cluster} was not given back; \`runback unlock\` does it`;
  context.emit({ type: 'warning', host, message });
}
