import { closest } from '../core/closest.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import { type Matcher, matcherOf } from './automaton.js';
import { globShape } from './glob.js';
import { regexShape } from './linear-regex.js';
import { splitPattern } from './split-pattern.js';

type Hosts = readonly HostName[];

/** What a name to be taken in is that is neither a group nor a host. */
export type Absent = 'mistake' | 'nobody';

/**
 * Ansible's patterns, `hosts:` and `--limit` alike: `a:b` or `a,b` join, then `&c` keeps and `!d` drops. A
 * part is a group, a host, a wildcard (`cp*`, `cp?`, `cp[ab]`) or a regular expression (`~cp[0-9]+`), and
 * `group[0]`, `group[-1]`, `group[1:2]` take some of its hosts. The hosts come in Ansible's order.
 *
 * Stricter than Ansible: a name that is neither a group nor a host is a mistake, not a warning. Whoever
 * mistypes what is to be left out must not change it; what is to be taken in may be `absent`.
 */
export function hostsMatching(
  pattern: string,
  inventory: Inventory,
  absent: Absent = 'mistake',
): Result<Hosts, string> {
  const parts = splitPattern(pattern);
  if (parts === null) return err(`${pattern}: a [ or a ] has no other one`);
  if (parts.length === 0) return err('it is empty: `all` is every host');
  const positive = parts.filter((part) => !/^[&!]/.test(part));
  const ordered = [
    ...(positive.length === 0 ? ['all'] : positive),
    ...parts.filter((part) => part.startsWith('&')),
    ...parts.filter((part) => part.startsWith('!')),
  ];
  let chosen: Hosts = [];
  for (const part of ordered) {
    const found = hostsOf(part.replace(/^[&!]/, ''), inventory);
    if (!found.ok && absent === 'nobody' && isName(part)) continue;
    if (!found.ok) return found;
    const those = new Set(found.value);
    if (part.startsWith('&')) chosen = chosen.filter((host) => those.has(host));
    else if (part.startsWith('!')) chosen = chosen.filter((host) => !those.has(host));
    else chosen = [...chosen, ...found.value];
  }
  return ok([...new Set(chosen)]);
}

function isName(part: string): boolean {
  return /^[A-Za-z0-9_]/.test(part) && !/[?*[]/.test(part);
}

function hostsOf(part: string, inventory: Inventory): Result<Hosts, string> {
  const host = inventory.hosts.find(({ name }) => name === part);
  if (host !== undefined) return ok([host.name]);
  if (part.startsWith('~')) return hostsLike(part, inventory);
  const [, whole = part, index, from, to] =
    /^(.+)\[(?:(-?[0-9]{1,9})|([0-9]{1,9})[:-]([0-9]{0,9}))\]$/.exec(part) ?? [];
  const hosts = hostsLike(whole, inventory);
  if (!hosts.ok || whole === part) return hosts;
  return index === undefined
    ? someOf(part, hosts.value, Number(from), to === '' ? hosts.value.length - 1 : Number(to))
    : oneOf(part, hosts.value, Number(index));
}

function oneOf(part: string, hosts: Hosts, index: number): Result<Hosts, string> {
  const host = hosts.at(index);
  if (host !== undefined) return ok([host]);
  return err(`${part}: there are only ${hosts.length} hosts, counted from 0`);
}

function someOf(part: string, hosts: Hosts, from: number, to: number): Result<Hosts, string> {
  if (from > to && hosts.length > from) return err(`${part}: ${from} is behind ${to}`);
  return ok(hosts.slice(from, to + 1));
}

/** The hosts of groups whose name matches, and hosts whose own does: of a plain name, the group wins. */
function hostsLike(pattern: string, inventory: Inventory): Result<Hosts, string> {
  const isPattern = /^~|[.?*[]/.test(pattern);
  const matches = isPattern ? matcherFor(pattern) : ok((name: string) => name === pattern);
  if (!matches.ok) return matches;
  const groups = [...inventory.groups].filter(([name]) => matches.value(name));
  const named = inventory.hosts.map(({ name }) => name).filter((name) => matches.value(name));
  const isHostToo = isPattern || groups.length === 0;
  const found = [...groups.flatMap(([, hosts]) => hosts), ...(isHostToo ? named : [])];
  if (groups.length > 0 || found.length > 0 || /^~|[?*[]/.test(pattern)) {
    return ok([...new Set(found)]);
  }
  return err(nothingNamed(pattern, inventory));
}

function matcherFor(pattern: string): Result<Matcher, string> {
  const shape = pattern.startsWith('~') ? regexShape(pattern.slice(1)) : ok(globShape(pattern));
  if (!shape.ok) return err(`${pattern}: ${shape.error}`);
  const matcher = matcherOf(shape.value);
  return matcher === null ? err(`${pattern} is too big`) : ok(matcher);
}

function nothingNamed(name: string, inventory: Inventory): string {
  const groups = [...inventory.groups.keys()];
  const near = closest(name, [...groups, ...inventory.hosts.map((host) => host.name)]);
  if (near !== null) return `did you mean ${near}?`;
  return `the inventory has the groups ${groups.sort().join(', ')}`;
}
