import type { HostName } from '../core/names.js';
import { ALL, type Group, type GroupTree, UNGROUPED } from './group-tree.js';

/** Names of the groups of each host, its groups' ancestors among them. */
export type Memberships = ReadonlyMap<HostName, ReadonlySet<string>>;

/**
 * What holds when everything is read: every group is below `all`, and a host is in `ungrouped` when it
 * is in no other group. There is no loop when this is asked.
 */
export function reconcile(tree: GroupTree): Memberships {
  const all = tree.groups.get(ALL) as Group;
  const parents = parentsOf(tree);
  for (const name of tree.groups.keys()) {
    if (name !== ALL && !parents.has(name)) all.children.add(name);
  }
  const ungrouped = tree.groups.get(UNGROUPED) as Group;
  for (const [host, names] of membershipsOf(tree)) {
    const others = [...names].filter((name) => name !== ALL && name !== UNGROUPED);
    if (others.length > 0) ungrouped.hosts.delete(host);
    else ungrouped.hosts.add(host);
  }
  return membershipsOf(tree);
}

function membershipsOf(tree: GroupTree): Memberships {
  const ancestors = ancestorsOf(tree);
  const found = new Map([...tree.hosts.keys()].map((host) => [host, new Set<string>()]));
  for (const group of tree.groups.values()) {
    for (const host of group.hosts) {
      const names = found.get(host);
      names?.add(group.name);
      for (const name of ancestors.get(group.name) ?? []) names?.add(name);
    }
  }
  return found;
}

function ancestorsOf(tree: GroupTree): ReadonlyMap<string, ReadonlySet<string>> {
  const parents = parentsOf(tree);
  const found = new Map<string, ReadonlySet<string>>();
  for (const name of tree.groups.keys()) {
    const above = new Set<string>();
    const open = [...(parents.get(name) ?? [])];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (above.has(one)) continue;
      above.add(one);
      open.push(...(parents.get(one) ?? []));
    }
    found.set(name, above);
  }
  return found;
}

function parentsOf(tree: GroupTree): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>();
  for (const group of tree.groups.values()) {
    for (const child of group.children) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [group.name]);
      else known.push(group.name);
    }
  }
  return parents;
}

/** The hosts of each group and of those below it: its own first, then level by level, as Ansible. */
export function hostsByGroup(tree: GroupTree): ReadonlyMap<string, readonly HostName[]> {
  const found = new Map<string, readonly HostName[]>();
  for (const group of tree.groups.values()) {
    const hosts = new Set<HostName>();
    const seen = new Set([group.name]);
    for (const name of seen) {
      const one = tree.groups.get(name);
      for (const host of one?.hosts ?? []) hosts.add(host);
      // A set that grows while it is walked is a queue that takes everything once.
      for (const child of one?.children ?? []) seen.add(child);
    }
    found.set(group.name, [...hosts]);
  }
  return found;
}

/** The longest way from `all`: a deeper group's variables win. */
export function depthsOf(tree: GroupTree): ReadonlyMap<string, number> {
  const parents = parentsOf(tree);
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const depth = Math.max(-1, ...(parents.get(name) ?? []).map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  for (const name of tree.groups.keys()) depthOf(name);
  return depths;
}
