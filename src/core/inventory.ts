import type { Diagnostic } from './diagnostic.js';
import type { Json } from './json.js';
import type { HostName } from './names.js';
import type { Position } from './position.js';

/** One variable as it holds for one host, with the place where the winning value was written. */
export interface InventoryVar {
  readonly value: Json;
  readonly at: Position;
}

export interface InventoryHost {
  readonly name: HostName;
  /** Every group that holds the host, ancestors too, `all` left out, sorted. */
  readonly groups: readonly string[];
  readonly vars: ReadonlyMap<string, InventoryVar>;
}

/** Hosts in the order of the file; groups with their hosts in that same order, `all` included. */
export interface Inventory {
  readonly hosts: readonly InventoryHost[];
  readonly groups: ReadonlyMap<string, readonly HostName[]>;
  readonly notes: readonly Diagnostic[];
}
