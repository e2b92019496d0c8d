import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { atOption } from './selection.js';

/**
 * The hosts of --without: down, and kept down by the operator. A name that is none of the inventory's is a
 * mistake: whoever mistypes it would leave out nobody, and wait for a host that is dead.
 */
export function hostsWithout(
  names: readonly string[],
  { hosts }: Inventory,
  problems: Diagnostic[],
): readonly HostName[] {
  const known = hosts.map(({ name }) => name);
  for (const name of names.filter((one) => !known.some((host) => host === one))) {
    const near = closest(name, known);
    const help =
      near === null ? `there is: ${known.slice(0, 12).join(', ')}` : `did you mean ${near}?`;
    const message = `--without: the inventory has no host «${name}»`;
    problems.push(atOption('--without', 'unknown-host', message, help));
  }
  return known.filter((host) => names.includes(host));
}

/** Leaving out what would not have been asked anyway is a misunderstanding. */
export function withoutEffect(host: HostName): Diagnostic {
  const message = `--without: ${host} is in no play of this playbook, and not locked by it`;
  return atOption('--without', 'without-nothing', message, 'take it out of the command');
}

/** A cluster of which nobody is left is restored nowhere. */
export function nobodyLeft(play: string, hosts: readonly HostName[]): Diagnostic {
  const message = `--without leaves no host of «${play}»: it is for ${hosts.join(', ')}`;
  const help = 'leave at least one host in';
  return atOption('--without', 'without-all', message, help);
}

/** A step that is handed to a host which is down would never end. */
export function delegatedToLeftOut(task: string, host: HostName): Diagnostic {
  const message = `«${task}» is delegated to ${host}, which --without leaves out`;
  return atOption('--without', 'without-delegate', message, 'delegate it to another host');
}
