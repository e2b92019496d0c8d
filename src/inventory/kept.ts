import { usable } from '../core/ansible-value.js';
import type { Inventory, InventoryVar } from '../core/inventory.js';
import type { JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { InventoryText } from './source.js';

/** Keys that look like numbers change their order in JSON, so it is written down. */
interface KeptInventory {
  readonly order: { readonly hosts: readonly HostName[]; readonly groups: readonly string[] };
  readonly hosts: { readonly [name: string]: JsonObject };
  readonly groups: { readonly [name: string]: readonly HostName[] };
}

/**
 * What a run keeps of an inventory: all hosts and groups in their order, with the named variables alone. It
 * is not Ansible's any more, and must be read back as it was: patterns and the order of hosts depend on it.
 */
export function keepInventory(
  inventory: Inventory,
  names: readonly string[],
  loginTo: (host: HostName) => JsonObject,
): InventoryText {
  const hosts = inventory.hosts.map(({ name, vars }) => {
    const kept = names.flatMap((one) => {
      const found = vars.get(one);
      // What cannot be used was not: an encrypted value has no place in a run's directory.
      const isUsed = found !== undefined && 'value' in usable(found.value);
      return isUsed ? [[one, found.value] as const] : [];
    });
    return [name, { ...Object.fromEntries(kept), ...loginTo(name) }] as const;
  });
  const kept: KeptInventory = {
    order: { hosts: hosts.map(([name]) => name), groups: [...inventory.groups.keys()] },
    hosts: Object.fromEntries(hosts),
    groups: Object.fromEntries(inventory.groups),
  };
  return { kind: 'kept', file: 'inventory of the run', text: JSON.stringify(kept) };
}

/** The journal's chain protects the text; nobody writes one by hand. */
export function readKept({ file, text }: InventoryText): Inventory {
  const { order, hosts, groups } = JSON.parse(text) as KeptInventory;
  const at = { file, line: 1, column: 1 };
  const named = order.groups.map((name) => [name, groups[name] ?? []] as const);
  const real = named.filter(([name]) => name !== 'all' && name !== 'ungrouped');
  return {
    hosts: order.hosts.map((name) => {
      const its = real.filter(([, members]) => members.includes(name));
      const vars = Object.entries(hosts[name] ?? {}).map(([key, value]): [string, InventoryVar] => [
        key,
        { value, at },
      ]);
      return { name, groups: its.map(([group]) => group).sort(), vars: new Map(vars) };
    }),
    groups: new Map(named),
    notes: [],
  };
}
