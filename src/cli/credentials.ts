import type { Connection } from '../core/connection.js';
import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { ok, type Result } from '../core/result.js';
import type { Secret } from '../core/secret.js';
import type { Edges } from './edges.js';
import type { CommonOptions } from './options.js';

/**
 * What the inventory does not say because it must not: sudo's password, typed or out of a file. A host
 * that has one of its own in the inventory keeps it, as in Ansible.
 */
export async function withCredentials(
  connections: ReadonlyMap<HostName, Connection>,
  options: CommonOptions,
  edges: Edges,
): Promise<Result<ReadonlyMap<HostName, Connection>, Failure>> {
  const password = await becomePassword(options, edges);
  if (password === null) return ok(connections);
  if (!password.ok) return password;
  edges.secrets.add(password.value);
  const filled = [...connections].map(([host, connection]): [HostName, Connection] => [
    host,
    { ...connection, becomePassword: connection.becomePassword ?? password.value },
  ]);
  return ok(new Map(filled));
}

async function becomePassword(
  { askBecomePass, becomePasswordFile }: CommonOptions,
  edges: Edges,
): Promise<Result<Secret, Failure> | null> {
  if (becomePasswordFile !== undefined) return edges.readSecretFile(becomePasswordFile);
  return askBecomePass === true ? edges.askSecret('sudo password', edges.stop) : null;
}
