import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedPlaybook } from '../playbook/checked.js';

export interface Cluster {
  /** Null when nothing will be changed: then no lock is needed. */
  readonly name: string | null;
  /** The hosts that are locked, in name order, those left out too. */
  readonly hosts: readonly HostName[];
}

/** Whoever changes a cluster meets here; a worker that is down is in nobody's way. */
const MEETING_PLACES = ['etcd', 'kube_control_plane'];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Whom a plan has to do with. */
interface PlanHosts {
  readonly touched: readonly HostName[];
  /** Of these, the ones that nobody waits for. */
  readonly late: readonly HostName[];
  readonly isChanging: boolean;
}

/**
 * The cluster whose lock protects this plan: `runback_cluster`, the same on all of the plan's hosts. One that
 * nobody waits for need not say it, but may not say another.
 */
export function clusterOf(
  playbook: CheckedPlaybook,
  inventory: Inventory,
  { touched, late, isChanging }: PlanHosts,
): Result<Cluster, Diagnostic> {
  if (!isChanging) return ok({ name: null, hosts: [] });
  const names = new Map<unknown, HostName>();
  const awaited = touched.filter((host) => !late.includes(host));
  for (const { name, vars } of inventory.hosts.filter((one) => touched.includes(one.name))) {
    const cluster = vars.get('runback_cluster')?.value ?? null;
    const mayBeSilent = awaited.length > 0 && !awaited.includes(name);
    if (cluster !== null || !mayBeSilent) names.set(cluster, name);
  }
  const [name] = names.keys();
  if (names.size > 1) {
    const seen = [...names].map(([one, host]) => `${String(one)} (${host})`).join(', ');
    return err(problem(playbook, `the hosts belong to different clusters: ${seen}`));
  }
  if (name === undefined || name === null) {
    return err(problem(playbook, 'the inventory does not name the cluster that would be changed'));
  }
  if (typeof name !== 'string' || !NAME.test(name)) {
    return err(problem(playbook, `«${String(name)}» is not a name for a cluster`));
  }
  return ok({ name, hosts: lockedHosts(name, inventory, awaited) });
}

/** The cluster's members and control plane, and whoever else is in the plan; all, where there are no such groups. */
function lockedHosts(
  name: string,
  inventory: Inventory,
  planHosts: readonly HostName[],
): readonly HostName[] {
  const all = inventory.hosts.filter((host) => host.vars.get('runback_cluster')?.value === name);
  const meets = new Set(MEETING_PLACES.flatMap((group) => inventory.groups.get(group) ?? []));
  const isMet = all.some((host) => meets.has(host.name));
  const locked = all.filter((host) => meets.has(host.name) || planHosts.includes(host.name));
  return (isMet ? locked : all).map((host) => host.name).sort();
}

function problem(playbook: CheckedPlaybook, message: string): Diagnostic {
  const at = { file: playbook.file, line: 1, column: 1 };
  const help = 'set runback_cluster in the inventory, for all hosts: letters, digits, . _ and -';
  return { severity: 'error', code: 'no-cluster', message, help, at };
}
