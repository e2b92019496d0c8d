import type { Connection } from '../core/connection.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { HostRow } from '../report/index.js';
import { connectionsFor, type Login } from './connections.js';
import type { Edges } from './edges.js';

/** One row for each wanted host: how it is reached, as far as that is known, and its cluster. */
export function hostRows(
  inventory: Inventory,
  wanted: ReadonlySet<HostName>,
  login: Login,
  edges: Edges,
): { readonly rows: readonly HostRow[]; readonly notes: readonly Diagnostic[] } {
  const { connections, notes } = connectionsFor(
    inventory,
    (host) => wanted.has(host),
    { ...login, directory: edges.directory },
    edges,
  );
  const rows = inventory.hosts
    .filter(({ name }) => wanted.has(name))
    .map(({ name, groups, vars }): HostRow => {
      const connection = connections.get(name);
      const cluster = vars.get('runback_cluster')?.value;
      return {
        host: name,
        address: connection === undefined ? null : addressOf(connection),
        user: connection?.kind === 'ssh' ? connection.user : null,
        cluster: typeof cluster === 'string' ? cluster : null,
        groups,
      };
    });
  return { rows, notes };
}

function addressOf({ kind, address, port }: Connection): string {
  if (kind === 'local') return 'this machine';
  if (port === 22) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
