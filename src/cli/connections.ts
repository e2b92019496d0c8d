import type { Connection } from '../core/connection.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory, InventoryHost } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { connectionOf, PASSWORDS } from '../inventory/connection.js';
import { usableHost } from '../inventory/index.js';
import type { Edges } from './edges.js';
import type { CommonOptions } from './options.js';

/** What the command line says of logins; an inventory that says more has the last word. */
export type Login = Pick<CommonOptions, 'user' | 'privateKey'>;

/** Connections of the wanted hosts and of no others: another host's mistake can wait. */
export function connectionsFor(
  inventory: Inventory,
  isWanted: (host: HostName) => boolean,
  login: Login & { readonly directory: string },
  edges: Edges,
): { readonly connections: ReadonlyMap<HostName, Connection>; readonly notes: Diagnostic[] } {
  const defaults = {
    user: edges.user,
    home: edges.home,
    directory: login.directory,
    agentSocket: edges.environment.SSH_AUTH_SOCK ?? null,
    remoteUser: login.user ?? null,
    identityFile: login.privateKey ?? null,
  };
  const connections = new Map<HostName, Connection>();
  const notes: Diagnostic[] = [];
  for (const host of inventory.hosts.filter((one) => isWanted(one.name))) {
    const reached = connectionOf(
      usableHost(host, (problem, name) => notes.push(unlessPassword(problem, name))),
      defaults,
    );
    notes.push(...(reached.ok ? reached.value.warnings : reached.error));
    if (!reached.ok) continue;
    const { connection } = reached.value;
    connections.set(host.name, connection);
    if (connection.becomePassword === null) continue;
    edges.secrets.add(connection.becomePassword);
    notes.push(...readableByOthers(host, edges));
  }
  return { connections, notes };
}

/** Whether a password is needed only the host can tell: one that cannot be read stops nobody here. */
function unlessPassword(problem: Diagnostic, name: string): Diagnostic {
  if (!PASSWORDS.some((one) => one === name)) return problem;
  const help = 'where sudo wants a password, use -K or --become-password-file';
  return { ...problem, severity: 'warning', help };
}

/** A password in an inventory is taken only out of a file that is its owner's alone. */
function readableByOthers(host: InventoryHost, edges: Edges): readonly Diagnostic[] {
  const name = PASSWORDS.find((one) => host.vars.has(one));
  const at = name === undefined ? undefined : host.vars.get(name)?.at;
  // What a program printed stands in no file.
  if (at === undefined || edges.lookAt(at.file).kind === 'nothing') return [];
  if (edges.isPrivate(at.file)) return [];
  const message = `${name} stands in a file that others can read`;
  const help = `chmod 600 ${at.file}; or take it out, and use -K or --become-password-file`;
  return [{ severity: 'error', code: 'password-readable', message, help, at }];
}
