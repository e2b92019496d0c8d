import type { Connection } from '../../core/connection.js';
import type { Secret } from '../../core/secret.js';
import { readIdentity } from './identities.js';
import { legsOf } from './leg.js';
import { KeyRing } from './offers.js';

/** The private keys that some way needs, and that only a passphrase opens; bastions' keys too. */
export async function lockedKeys(connections: Iterable<Connection>): Promise<readonly string[]> {
  const ring = new KeyRing(new Map());
  const locked = new Set<string>();
  for (const connection of connections) {
    if (connection.kind !== 'ssh') continue;
    for (const { server } of legsOf(connection)) {
      for (const file of await ring.lockedFor(server)) locked.add(file);
    }
  }
  return [...locked];
}

export function opensKey(file: string, passphrase: Secret): boolean {
  return readIdentity(file, passphrase).kind === 'open';
}
