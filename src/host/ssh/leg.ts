import { bracketed } from '../../core/address.js';
import { commandLine } from '../../core/argv.js';
import type { Connection, SshServer } from '../../core/connection.js';
import type { HostName } from '../../core/names.js';

/** One piece of the way to a host: to a bastion, or to the host itself. */
export interface Leg {
  readonly host: HostName;
  readonly server: SshServer;
  /** The bastions before it, the nearest first. */
  readonly via: readonly SshServer[];
  readonly isBastion: boolean;
}

/** The pieces of the way to a host, in the order in which they are gone. */
export function legsOf(connection: Connection): readonly Leg[] {
  const { host, jumps } = connection;
  const bastions = jumps.map((server, at) => ({
    host,
    server,
    via: jumps.slice(0, at),
    isBastion: true,
  }));
  return [...bastions, { host, server: connection, via: jumps, isBastion: false }];
}

export function placeOf({ user, address, port }: SshServer): string {
  return `${user}@${bracketed(address)}:${port}`;
}

/** Who a message is about: a host by its name, a bastion by its place. */
export function whoIs({ host, server, via, isBastion }: Leg): string {
  const place = placeOf(server);
  if (isBastion) return `the bastion ${place}`;
  const last = via.at(-1);
  return `${host} (${place}${last === undefined ? '' : `, through ${placeOf(last)}`})`;
}

/** What a person types to go the same way. */
export function byHand({ server, via }: Leg): string {
  const { user, address, port } = server;
  const jumps = via.length === 0 ? [] : ['-J', via.map(placeOf).join(',')];
  return commandLine(['ssh', ...jumps, '-p', String(port), `${user}@${address}`]);
}
