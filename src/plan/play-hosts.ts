import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { CheckedPlay } from '../playbook/checked.js';
import { type Absent, hostsMatching } from './host-pattern.js';
import { atOption } from './selection.js';
import { splitPattern } from './split-pattern.js';
import { nobodyLeft } from './without.js';

/** Groups of the shipped playbooks: nobody may guess who is meant by them. */
const MEANT: { readonly [group: string]: string } = {
  etcd: 'put every member of etcd into it, and nobody else',
  kube_control_plane:
    'put every host with an API server into it; where etcd runs beside them: `kube_control_plane: {children: {etcd: {}}}`',
};

interface Chosen {
  readonly inventory: Inventory;
  readonly limit: string | null;
  /** Of --without: in no play, a `whole` one either. */
  readonly without: readonly HostName[];
}

/** The play's hosts under --limit and --without; none when nothing is left of them. */
export function playHosts(
  play: CheckedPlay,
  { inventory, limit, without }: Chosen,
  problems: Diagnostic[],
): readonly HostName[] {
  const complain = (code: string, message: string, help: string) =>
    problems.push({ severity: 'error', code, message, help, at: play.hostsAt });
  // A group that is not there is away as a whole.
  const absent: Absent = play.ignoreUnreachable ? 'nobody' : 'mistake';
  const found = hostsMatching(play.hosts, inventory, absent);
  if (!found.ok) {
    const unknown = unknownPart(play.hosts, inventory, absent);
    const message = `the inventory has neither a group nor a host «${unknown}»`;
    const isTold = problems.some((one) => one.message === message);
    const meant = MEANT[unknown] === undefined ? '' : `; ${MEANT[unknown]}`;
    if (!isTold) complain('unknown-group', message, `${found.error}${meant}`);
    return [];
  }
  if (found.value.length === 0 && !play.ignoreUnreachable) {
    const message = `no host of the inventory is in «${play.hosts}»`;
    complain('no-hosts', message, 'add hosts to that group');
  }
  const left = found.value.filter((host) => !without.includes(host));
  if (left.length === 0 && found.value.length > 0 && !play.ignoreUnreachable) {
    problems.push(nobodyLeft(play.name, found.value));
  }
  if (limit === null || play.whole) return left;
  const limited = hostsMatching(limit, inventory);
  if (limited.ok) return left.filter((host) => limited.value.includes(host));
  const message = `--limit: nothing matches «${limit}»`;
  const isTold = problems.some((one) => one.message === message);
  if (!isTold) problems.push(atOption('--limit', 'unknown-group', message, limited.error));
  return left;
}

/** The part of the pattern that is nothing; all of it when it cannot be read. */
function unknownPart(pattern: string, inventory: Inventory, absent: Absent): string {
  const parts = splitPattern(pattern) ?? [];
  const unknown = parts.find((part) => !hostsMatching(part, inventory, absent).ok);
  return unknown?.replace(/^[&!]/, '') ?? pattern;
}
