import type { Inventory, InventoryHost, InventoryVar } from '../core/inventory.js';
import { ALL, type Group, type GroupTree, UNGROUPED } from './group-tree.js';
import { depthsOf, hostsByGroup, reconcile } from './reconcile.js';
import type { VarsReader } from './vars-files.js';

/**
 * Groups and hosts with their variables laid over each other as Ansible does, lowest first: `all`, then
 * its groups from the outermost to the innermost (siblings by priority and then by name), then
 * group_vars/all, then group_vars of the groups in that same order, then the host's own, then host_vars.
 * Where there are several folders, those beside the playbook win over those beside the inventory.
 */
export function flatten(tree: GroupTree, files: VarsReader): Omit<Inventory, 'notes'> {
  const memberships = reconcile(tree);
  const byGroup = hostsByGroup(tree);
  const all = tree.groups.get(ALL) as Group;
  const sorted = [...tree.groups.values()]
    .filter((group) => group !== all)
    .sort(outermostFirst(depthsOf(tree)));
  const hosts = [...tree.hosts].map(([name, own]): InventoryHost => {
    const groups = sorted.filter((group) => memberships.get(name)?.has(group.name));
    const vars = new Map<string, InventoryVar>();
    const lay = (layer: Iterable<readonly [string, InventoryVar]>): void => {
      for (const [key, value] of layer) vars.set(key, value);
    };
    lay(all.vars);
    for (const group of groups) lay(group.vars);
    for (const folder of files.folders) lay(folder.ofGroup(ALL));
    for (const place of [files.besideInventory, files.besidePlaybook]) {
      for (const folder of place) for (const group of groups) lay(folder.ofGroup(group.name));
    }
    lay(own);
    for (const folder of files.folders) lay(folder.ofHost(name));
    return { name, groups: shownGroups(groups), vars };
  });
  return { hosts, groups: byGroup };
}

function shownGroups(groups: readonly Group[]): readonly string[] {
  const names = groups.map((group) => group.name);
  return names.filter((name) => name !== UNGROUPED).sort();
}

function outermostFirst(depths: ReadonlyMap<string, number>): (a: Group, b: Group) => number {
  return (a, b) => {
    const byDepth = (depths.get(a.name) ?? 0) - (depths.get(b.name) ?? 0);
    if (byDepth !== 0) return byDepth;
    if (a.priority !== b.priority) return a.priority - b.priority;
    return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  };
}
