import { closest } from '../core/closest.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';

/** Ansible's patterns: `a:b` or `a,b`, then `&c` keeps and `!d` drops; names may hold `*` and `?`. */
export function hostsMatching(
  pattern: string,
  inventory: Inventory,
): Result<readonly HostName[], string> {
  const parts = pattern
    .split(/[:,]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const all = inventory.hosts.map((host) => host.name);
  let chosen = new Set<HostName>();
  const positive = parts.filter((part) => !part.startsWith('&') && !part.startsWith('!'));
  if (positive.length === 0) chosen = new Set(all);
  const ordered = [
    ...positive,
    ...parts.filter((part) => part.startsWith('&')),
    ...parts.filter((part) => part.startsWith('!')),
  ];
  for (const part of ordered) {
    const name = part.replace(/^[&!]/, '');
    const found = hostsNamed(name, inventory);
    if (!found.ok) return found;
    const hosts = new Set(found.value);
    if (part.startsWith('&')) chosen = new Set([...chosen].filter((host) => hosts.has(host)));
    else if (part.startsWith('!')) chosen = new Set([...chosen].filter((host) => !hosts.has(host)));
    else for (const host of hosts) chosen.add(host);
  }
  return ok(all.filter((host) => chosen.has(host)));
}

function hostsNamed(name: string, inventory: Inventory): Result<readonly HostName[], string> {
  const group = inventory.groups.get(name);
  if (group !== undefined) return ok(group);
  const matches = wildcard(name);
  const groups = [...inventory.groups].filter(([one]) => matches(one)).flatMap(([, its]) => its);
  const hosts = inventory.hosts.map((host) => host.name).filter(matches);
  const found = [...new Set([...groups, ...hosts])];
  if (found.length > 0 || /[*?]/.test(name)) return ok(found);
  const known = [...inventory.groups.keys(), ...inventory.hosts.map((host) => host.name)];
  const near = closest(name, known);
  const groupsKnown = [...inventory.groups.keys()].sort().join(', ');
  return err(
    near === null ? `the inventory has the groups ${groupsKnown}` : `did you mean ${near}?`,
  );
}

function wildcard(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) return (name) => name === pattern;
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return (name) => expression.test(name);
}
