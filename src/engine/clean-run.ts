import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { isLocked } from '../core/plan.js';
import type { Footprint, World } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { olderThanHost } from '../core/run-on-host.js';
import type { RunRequest } from './context.js';
import { lockedBy } from './failures.js';
import { footprintOf } from './footprint.js';
import { readHistory } from './history.js';

/** What a run left on one host. */
export interface HostFootprint {
  readonly host: HostName;
  readonly found: readonly Footprint[];
  /** Called like the run and not certainly its own: never taken away. */
  readonly leftAlone: readonly string[];
  /** Why it was not looked at, where it may be away; null: it was. */
  readonly notReached: string | null;
}

/** Looks what a run left behind; what is no longer there is left out. Refuses while somebody works there. */
export async function findFootprints(
  request: RunRequest,
  records: readonly RecordBody[],
  world: World,
): Promise<Result<readonly HostFootprint[], Failure>> {
  const { plan, run, stop } = request;
  const { epoch, announced } = readHistory(records);
  const all: HostFootprint[] = [];
  for (const [host, { own, others }] of footprintOf(run, plan, records)) {
    const session = await world.hosts.connect(host, isLocked(plan, host), stop);
    if (!session.ok && plan.lateHosts.includes(host)) {
      all.push({ host, found: [], leftAlone: [], notReached: session.error.message });
      continue;
    }
    if (!session.ok) return session;
    const cluster = isLocked(plan, host) ? plan.cluster : null;
    const lock = cluster === null ? null : await session.value.readLockFor(cluster, run, stop);
    if (lock?.ok === false) return lock;
    if (lock?.ok && lock.value.holder !== null) return err(lockedBy(host, lock.value.holder));
    // What an older copy calls over may be what the run's own directory goes on with.
    const older = lock?.ok
      ? olderThanHost(host, run, lock.value.ofRun, { epoch, announced })
      : null;
    if (older !== null) return err(older);
    const there = await session.value.footprint(run, cluster, [...others, ...own], stop);
    if (!there.ok) return there;
    const isOthers = ({ path }: Footprint): boolean => others.includes(path);
    const found = there.value.filter((one) => !isOthers(one));
    const leftAlone = there.value.filter(isOthers).map(({ path }) => path);
    all.push({ host, found, leftAlone, notReached: null });
  }
  return ok(all);
}

/** Takes away what was found. It is recorded first: a run that is half cleaned cannot be taken back. */
export async function eraseFootprints(
  request: RunRequest,
  world: World,
  footprints: readonly HostFootprint[],
): Promise<Failure | null> {
  const { run, plan, abandon } = request;
  for (const { host, found } of footprints) {
    const paths = found.map((one) => one.path);
    if (paths.length === 0) continue;
    const noted = await world.journal.append({ type: 'run.cleaned', host, paths });
    if (!noted.ok) return noted.error;
    const session = await world.hosts.connect(host, isLocked(plan, host), abandon);
    if (!session.ok) return session.error;
    const erased = await session.value.erase(run, paths, abandon);
    if (!erased.ok) return erased.error;
  }
  return null;
}
