import type { Connection } from '../core/connection.js';
import type { HostName } from '../core/names.js';
import type { Journal, Operator, World } from '../core/ports.js';
import type { Edges } from './edges.js';

/** The engine's world: the real hosts, this run's journal, the clock, and whoever sits at the terminal. */
export function worldOf(
  connections: ReadonlyMap<HostName, Connection>,
  directory: string | null,
  journal: Journal,
  operator: Operator,
  edges: Edges,
): World {
  const controllerStateDir = directory === null ? null : `${directory}/controller`;
  return {
    hosts: edges.hosts(connections, controllerStateDir),
    journal,
    clock: edges.clock,
    operator,
  };
}

/** For a preview: nothing is recorded, and nobody is asked. */
export function previewWorld(connections: ReadonlyMap<HostName, Connection>, edges: Edges): World {
  const nowhere = { append: async () => ({ ok: true, value: undefined }) as const };
  return worldOf(connections, null, nowhere, edges.operator(false), edges);
}
