import type { Connection } from '../core/connection.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { connectionOf } from '../inventory/connection.js';
import type { Edges } from './edges.js';

/** Connections of the wanted hosts and of no others: another host's mistake can wait. */
export function connectionsFor(
  inventory: Inventory,
  isWanted: (host: HostName) => boolean,
  edges: Edges,
): { readonly connections: ReadonlyMap<HostName, Connection>; readonly notes: Diagnostic[] } {
  const agentSocket = edges.environment.SSH_AUTH_SOCK ?? null;
  const defaults = { user: edges.user, home: edges.home, agentSocket };
  const connections = new Map<HostName, Connection>();
  const notes: Diagnostic[] = [];
  for (const host of inventory.hosts.filter((one) => isWanted(one.name))) {
    const reached = connectionOf(host, defaults);
    if (reached.ok) connections.set(host.name, reached.value.connection);
    notes.push(...(reached.ok ? reached.value.warnings : reached.error));
  }
  return { connections, notes };
}
