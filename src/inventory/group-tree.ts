import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryVar } from '../core/inventory.js';
import type { Json } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { Position } from '../core/position.js';

export interface Group {
  readonly name: string;
  /** Where it was first written. */
  at: Position;
  /** Names of the groups right below, in the order in which they were put there. */
  readonly children: Set<string>;
  /** The group's own hosts: those of its children are not among them. */
  readonly hosts: Set<HostName>;
  readonly vars: Map<string, InventoryVar>;
  /** ansible_group_priority: among groups of one depth the higher one wins. */
  priority: number;
}

/** All sources together: groups and hosts in the order in which they were first written. */
export interface GroupTree {
  readonly groups: Map<string, Group>;
  readonly hosts: Map<HostName, Map<string, InventoryVar>>;
}

const PRIORITY = 'ansible_group_priority';
export const ALL = 'all';
export const UNGROUPED = 'ungrouped';

const NOWHERE: Position = { file: 'inventory', line: 1, column: 1 };

/** Ansible's beginning: `all`, and below it `ungrouped`. */
export function makeTree(): GroupTree {
  const tree: GroupTree = { groups: new Map(), hosts: new Map() };
  groupIn(tree, ALL, NOWHERE).children.add(UNGROUPED);
  groupIn(tree, UNGROUPED, NOWHERE);
  return tree;
}

export function groupIn(tree: GroupTree, name: string, at: Position): Group {
  const known = tree.groups.get(name);
  if (known?.at === NOWHERE) known.at = at;
  if (known !== undefined) return known;
  const group = { name, at, children: new Set<string>(), hosts: new Set<HostName>(), priority: 1 };
  const made: Group = { ...group, vars: new Map() };
  tree.groups.set(name, made);
  return made;
}

/** A port behind a name counts where the host is first written, as in Ansible. */
export function addHost(
  tree: GroupTree,
  group: Group,
  name: HostName,
  port: number | null,
  at: Position,
): void {
  if (!tree.hosts.has(name)) {
    const vars = port === null ? [] : [['ansible_port', { value: port, at }] as const];
    tree.hosts.set(name, new Map(vars));
  }
  group.hosts.add(name);
}

/**
 * Sets a variable of a group or of a host. Where both have one name the group gets it, as in Ansible.
 * Gives a problem when a priority is none.
 */
export function setVariable(
  tree: GroupTree,
  owner: string,
  name: string,
  found: InventoryVar,
): Diagnostic | null {
  const group = tree.groups.get(owner);
  if (group === undefined) {
    tree.hosts.get(owner as HostName)?.set(name, found);
    return null;
  }
  if (name !== PRIORITY) {
    group.vars.set(name, found);
    return null;
  }
  const priority = priorityOf(found.value);
  if (priority === null) return noPriority(found);
  group.priority = priority;
  return null;
}

/** What Python's int() makes of it. */
function priorityOf(value: Json): number | null {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return Math.trunc(value);
  return typeof value === 'string' && /^\s*[-+]?[0-9]{1,15}\s*$/.test(value) ? Number(value) : null;
}

function noPriority({ at }: InventoryVar): Diagnostic {
  const message = `${PRIORITY} is not a whole number`;
  return { severity: 'error', code: 'priority', message, help: 'write a number: 1 is usual', at };
}

/**
 * A group that is its own descendant has no meaning: Ansible refuses it, and so do we. Of `ungrouped` with
 * other groups around it Ansible loses hosts or variables.
 */
export function findMisplaced(tree: GroupTree): Diagnostic | null {
  for (const group of tree.groups.values()) {
    const isBelow = group.name !== ALL && group.children.has(UNGROUPED);
    if (isBelow || (group.name === UNGROUPED && group.children.size > 0)) return misplaced(group);
    // Every group is below `all`, written there or not.
    if (group.children.has(ALL)) return loopAt(group);
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

function misplaced({ at }: Group): Diagnostic {
  const message =
    '«ungrouped» holds the hosts of no group: no group is below or above it, but `all`';
  return { severity: 'error', code: 'ungrouped', message, help: 'name a group of its own', at };
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
