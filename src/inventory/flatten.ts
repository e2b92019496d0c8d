import type { Inventory, InventoryHost, InventoryVar } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { Group, GroupTree } from './group-tree.js';

const PRIORITY = 'ansible_group_priority';

/**
 * Groups and hosts with their variables laid over each other as Ansible does: all, then groups from the
 * outermost to the innermost, siblings by priority and then by name, then the host's own.
 */
export function flatten(tree: GroupTree): Omit<Inventory, 'notes'> {
  const depths = depthsOf(tree);
  const names = [...tree.hosts.keys()];
  const members = new Map<string, ReadonlySet<HostName>>();
  for (const name of tree.groups.keys()) members.set(name, membersOf(tree, name));
  const hosts = names.map((name): InventoryHost => {
    const own = [...tree.groups.values()].filter((group) => members.get(group.name)?.has(name));
    const ordered = own
      .filter((group) => group.name !== 'all')
      .sort((a, b) => before(a, b, depths));
    const layers = [tree.groups.get('all')?.vars, ...ordered.map((group) => group.vars)];
    const vars = new Map<string, InventoryVar>();
    for (const layer of [...layers, tree.hosts.get(name)]) {
      for (const [key, value] of layer ?? []) vars.set(key, value);
    }
    vars.delete(PRIORITY);
    return { name, groups: ordered.map((group) => group.name).sort(), vars };
  });
  const groups = new Map<string, readonly HostName[]>();
  groups.set('all', names);
  for (const [name, its] of members) {
    if (name !== 'all')
      groups.set(
        name,
        names.filter((host) => its.has(host)),
      );
  }
  groups.set(
    'ungrouped',
    hosts.filter((host) => host.groups.length === 0).map((host) => host.name),
  );
  return { hosts, groups };
}

function before(a: Group, b: Group, depths: ReadonlyMap<string, number>): number {
  const byDepth = (depths.get(a.name) ?? 0) - (depths.get(b.name) ?? 0);
  if (byDepth !== 0) return byDepth;
  const byPriority = priorityOf(a) - priorityOf(b);
  if (byPriority !== 0) return byPriority;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function priorityOf(group: Group): number {
  const priority = group.vars.get(PRIORITY)?.value;
  return typeof priority === 'number' ? priority : 1;
}

function membersOf(tree: GroupTree, name: string): ReadonlySet<HostName> {
  const found = new Set<HostName>();
  const seen = new Set<string>();
  const open = [name];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    const group = tree.groups.get(one);
    for (const host of group?.hosts ?? []) found.add(host);
    open.push(...(group?.children ?? []));
  }
  return found;
}

/** The longest way from a group without parents: a deeper group's variables win. */
function depthsOf(tree: GroupTree): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const visit = (name: string, depth: number): void => {
    if ((depths.get(name) ?? -1) >= depth) return;
    depths.set(name, depth);
    for (const child of tree.groups.get(name)?.children ?? []) visit(child, depth + 1);
  };
  const children = new Set([...tree.groups.values()].flatMap((group) => [...group.children]));
  for (const name of tree.groups.keys()) {
    if (!children.has(name)) visit(name, name === 'all' ? 0 : 1);
  }
  return depths;
}
