import type { Inventory, InventoryHost, InventoryVar } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { Group, GroupTree } from './group-tree.js';

const PRIORITY = 'ansible_group_priority';
const UNGROUPED = 'ungrouped';

/**
 * Groups and hosts with their variables laid over each other as Ansible does: all, then groups from the
 * outermost to the innermost, siblings by priority and then by name, then the host's own.
 */
export function flatten(tree: GroupTree): Omit<Inventory, 'notes'> {
  const depths = depthsOf(tree);
  const names = [...tree.hosts.keys()];
  const real = [...tree.groups.values()]
    .filter((group) => group.name !== 'all' && group.name !== UNGROUPED)
    .sort((a, b) => before(a, b, depths));
  const members = new Map(real.map((group) => [group, membersOf(tree, group.name)]));
  const hosts = names.map((name): InventoryHost => {
    const own = real.filter((group) => members.get(group)?.has(name));
    // A host without a group of its own is in `ungrouped`, whether somebody wrote it there or not.
    const inner = own.length === 0 ? [tree.groups.get(UNGROUPED)] : own;
    const vars = new Map<string, InventoryVar>();
    for (const group of [tree.groups.get('all'), ...inner]) {
      for (const [key, value] of group?.vars ?? []) if (key !== PRIORITY) vars.set(key, value);
    }
    for (const [key, value] of tree.hosts.get(name) ?? []) vars.set(key, value);
    return { name, groups: own.map((group) => group.name).sort(), vars };
  });
  const loose = hosts.filter((host) => host.groups.length === 0).map((host) => host.name);
  const groups = new Map<string, readonly HostName[]>([
    ['all', names],
    [UNGROUPED, loose],
  ]);
  for (const [group, its] of members) {
    groups.set(
      group.name,
      names.filter((host) => its.has(host)),
    );
  }
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
  const number = typeof priority === 'string' ? Number(priority) : priority;
  return typeof number === 'number' && Number.isFinite(number) ? number : 1;
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

/** The longest way from `all`: a deeper group's variables win. There is no loop when this is asked. */
function depthsOf(tree: GroupTree): ReadonlyMap<string, number> {
  const parentsLeft = new Map<string, number>();
  for (const { children } of tree.groups.values()) {
    for (const child of children) parentsLeft.set(child, (parentsLeft.get(child) ?? 0) + 1);
  }
  const depths = new Map<string, number>();
  const open = [...tree.groups.keys()].filter((name) => !parentsLeft.has(name));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const depth = depths.get(name) ?? (name === 'all' ? 0 : 1);
    depths.set(name, depth);
    for (const child of tree.groups.get(name)?.children ?? []) {
      depths.set(child, Math.max(depths.get(child) ?? 0, depth + 1));
      const left = (parentsLeft.get(child) ?? 0) - 1;
      parentsLeft.set(child, left);
      if (left === 0) open.push(child);
    }
  }
  return depths;
}
