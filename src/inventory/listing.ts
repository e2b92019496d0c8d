import type { Inventory, InventoryHost } from '../core/inventory.js';
import type { Json, JsonObject } from '../core/json.js';
import { ALL, type Group, type GroupTree } from './group-tree.js';

/** Names that Ansible sets itself: a variable of that name never shows. */
const INTERNAL = [
  'ansible_config_file',
  'ansible_diff_mode',
  'ansible_facts',
  'ansible_forks',
  'ansible_inventory_sources',
  'ansible_limit',
  'ansible_playbook_python',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_verbosity',
  'ansible_version',
  'group_names',
  'groups',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'omit',
  'playbook_dir',
];

/** What `ansible-inventory --list` prints, keys in order. */
export function listingOf(inventory: Inventory, tree: GroupTree): JsonObject {
  const listed: { [name: string]: Json } = {};
  for (const { name, hosts, children } of tree.groups.values()) {
    const group: { [key: string]: Json } = {};
    if (children.size > 0) group.children = [...children];
    if (hosts.size > 0 && name !== ALL) group.hosts = [...hosts];
    if (Object.keys(group).length > 0) listed[name] = group;
  }
  const hostvars = inventory.hosts
    .map((host) => [host.name, variablesOf(host)] as const)
    .filter(([, vars]) => Object.keys(vars).length > 0);
  listed._meta = { hostvars: Object.fromEntries(hostvars) };
  return sorted(listed) as JsonObject;
}

/** What `ansible-inventory --host` prints: every variable of one host, keys in order. */
export function variablesOf(host: InventoryHost): JsonObject {
  const vars = [...host.vars].filter(([name]) => !INTERNAL.includes(name));
  return sorted(Object.fromEntries(vars.map(([name, { value }]) => [name, value]))) as JsonObject;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(members.map(([key, one]) => [key, sorted(one)]));
}

/** What `ansible-inventory --graph` prints: a group as often as it stands below another. */
export function graphOf(tree: GroupTree): string {
  const all = tree.groups.get(ALL) as Group;
  return graphLines(all, tree, 0).join('\n');
}

function graphLines(group: Group, tree: GroupTree, depth: number): readonly string[] {
  const indent = '  |'.repeat(depth);
  const line = (text: string, indented: string): string =>
    indented ? `${indented}--${text}` : text;
  const groups = [...group.children].flatMap((name) =>
    graphLines(tree.groups.get(name) as Group, tree, depth + 1),
  );
  const hosts = group.name === ALL ? [] : [...group.hosts];
  const below = hosts.map((host) => line(host, `${indent}  |`));
  return [line(`@${group.name}:`, indent), ...groups, ...below];
}
