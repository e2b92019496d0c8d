import type { Diagnostic } from './diagnostic.js';
import type { Json } from './json.js';
import type { HostName } from './names.js';
import type { Position } from './position.js';

/** One variable as it holds for one host, with the place where the winning value was written. */
export interface InventoryVar {
  /** May hold templates and Ansible's marks (core/ansible-value.ts): `usable` takes them off. */
  readonly value: Json;
  readonly at: Position;
}

export interface InventoryHost {
  readonly name: HostName;
  /** Every group that holds the host, ancestors too, `all` left out, sorted. */
  readonly groups: readonly string[];
  readonly vars: ReadonlyMap<string, InventoryVar>;
}

/**
 * Hosts in the order in which they were first written; groups, `all` included, with their hosts in Ansible's
 * order: a group's own first, then those of the groups below it.
 */
export interface Inventory {
  readonly hosts: readonly InventoryHost[];
  readonly groups: ReadonlyMap<string, readonly HostName[]>;
  readonly notes: readonly Diagnostic[];
}
