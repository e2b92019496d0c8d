import { bracketed } from '../core/address.js';
import type { Connection, SshServer } from '../core/connection.js';
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
        user: connection === undefined || connection.kind === 'local' ? null : connection.user,
        cluster: typeof cluster === 'string' ? cluster : null,
        groups,
      };
    });
  return { rows, notes };
}

function addressOf({ kind, jumps, ...server }: Connection): string {
  if (kind === 'local') return 'this machine';
  const bastions = jumps.map((jump) => `${jump.user}@${placeOf(jump)}`).join(', ');
  return jumps.length === 0 ? placeOf(server) : `${placeOf(server)} through ${bastions}`;
}

function placeOf({ address, port }: Pick<SshServer, 'address' | 'port'>): string {
  return port === 22 ? address : `${bracketed(address)}:${port}`;
}
