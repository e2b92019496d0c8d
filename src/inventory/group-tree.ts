import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryVar } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { Position } from '../core/position.js';

export interface Group {
  readonly name: string;
  readonly at: Position;
  readonly children: Set<string>;
  readonly hosts: Set<HostName>;
  readonly vars: Map<string, InventoryVar>;
}

/** All sources together: groups by name, hosts in the order in which they were first written. */
export interface GroupTree {
  readonly groups: Map<string, Group>;
  readonly hosts: Map<HostName, Map<string, InventoryVar>>;
}

export function makeTree(): GroupTree {
  return { groups: new Map(), hosts: new Map() };
}

export function groupIn(tree: GroupTree, name: string, at: Position): Group {
  const known = tree.groups.get(name);
  if (known !== undefined) return known;
  const group = { name, at, children: new Set<string>(), hosts: new Set<HostName>() };
  const made: Group = { ...group, vars: new Map() };
  tree.groups.set(name, made);
  return made;
}

export function hostIn(tree: GroupTree, name: HostName): Map<string, InventoryVar> {
  const known = tree.hosts.get(name);
  if (known !== undefined) return known;
  const vars = new Map<string, InventoryVar>();
  tree.hosts.set(name, vars);
  return vars;
}

/** A group that is its own descendant has no meaning: Ansible refuses it, and so do we. */
export function findLoop(tree: GroupTree): Diagnostic | null {
  for (const group of tree.groups.values()) {
    // Every group is below `all`, written there or not.
    if (group.children.has('all')) return loopAt(group);
    const seen = new Set<string>();
    const open = [...group.children];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (name === group.name) return loopAt(group);
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(...(tree.groups.get(name)?.children ?? []));
    }
  }
  return null;
}

function loopAt(group: Group): Diagnostic {
  return {
    severity: 'error',
    code: 'group-loop',
    message: `the group ${group.name} is among its own descendants`,
    help: 'take it out of the `children` of the group below it',
    at: group.at,
  };
}
