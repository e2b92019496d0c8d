import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { CheckedPlay } from '../playbook/checked.js';
import { hostsMatching } from './host-pattern.js';
import { atOption } from './selection.js';

/** The play's hosts under --limit; none when nothing is left of them. */
export function playHosts(
  play: CheckedPlay,
  { inventory, limit }: { readonly inventory: Inventory; readonly limit: string | null },
  problems: Diagnostic[],
): readonly HostName[] {
  const complain = (code: string, message: string, help: string) =>
    problems.push({ severity: 'error', code, message, help, at: play.hostsAt });
  const found = hostsMatching(play.hosts, inventory);
  if (!found.ok) {
    const message = `the inventory has neither a group nor a host «${play.hosts}»`;
    complain('unknown-group', message, found.error);
    return [];
  }
  if (found.value.length === 0) {
    const message = `no host of the inventory is in «${play.hosts}»`;
    complain('no-hosts', message, 'add hosts to that group');
  }
  if (limit === null || play.whole) return found.value;
  const limited = hostsMatching(limit, inventory);
  if (limited.ok) return found.value.filter((host) => limited.value.includes(host));
  const message = `--limit: nothing matches «${limit}»`;
  const isTold = problems.some((one) => one.message === message);
  if (!isTold) problems.push(atOption('--limit', 'unknown-group', message, limited.error));
  return found.value;
}
