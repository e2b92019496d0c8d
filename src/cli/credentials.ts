import type { Connection } from '../core/connection.js';
import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import type { Secret } from '../core/secret.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { printFailure } from './printing.js';

const passphraseTriesMax = 3;

/**
 * What the inventory does not say because it must not: passphrases, which open keys for the connections
 * that follow, and sudo's password.
 */
export async function withCredentials(
  connections: ReadonlyMap<HostName, Connection>,
  options: CommonOptions,
  edges: Edges,
): Promise<Result<ReadonlyMap<HostName, Connection>, Failure>> {
  for (const file of await edges.lockedKeys(connections.values())) {
    const opened = await openKey(file, options, edges);
    if (!opened.ok) return opened;
  }
  const password = await becomePassword(options, edges);
  if (password === null) return ok(connections);
  return password.ok ? ok(withBecomePassword(connections, password.value)) : password;
}

/** Ctrl-C at a question is no mistake of anybody. */
export function credentialsExit(failed: Failure, options: CommonOptions, edges: Edges): number {
  const exitCode = failed.kind === 'interrupted' ? exitCodeOf('interrupted') : BAD_INPUT;
  return printFailure(failed, exitCode, options, edges);
}

/** A host that has a password of its own in the inventory keeps it, as in Ansible. */
function withBecomePassword(
  connections: ReadonlyMap<HostName, Connection>,
  password: Secret,
): ReadonlyMap<HostName, Connection> {
  const filled = [...connections].map(([host, connection]): [HostName, Connection] => [
    host,
    { ...connection, becomePassword: connection.becomePassword ?? password },
  ]);
  return new Map(filled);
}

async function becomePassword(
  { askBecomePass, becomePasswordFile }: CommonOptions,
  edges: Edges,
): Promise<Result<Secret, Failure> | null> {
  if (becomePasswordFile !== undefined)
    return known(edges.readSecretFile(becomePasswordFile), edges);
  if (askBecomePass !== true) return null;
  return known(await edges.askSecret('sudo password', edges.stop), edges);
}

/** Where nobody can be asked a key stays locked, and the login that needs it says so. */
async function openKey(
  file: string,
  { privateKeyPassphraseFile: from }: CommonOptions,
  edges: Edges,
): Promise<Result<void, Failure>> {
  for (let triesLeft = from === undefined ? passphraseTriesMax : 1; triesLeft > 0; triesLeft--) {
    const passphrase = known(
      from === undefined
        ? await edges.askSecret(`passphrase of ${file}`, edges.stop)
        : edges.readSecretFile(from),
      edges,
    );
    if (passphrase.ok && edges.openKey(file, passphrase.value)) return ok(undefined);
    if (!passphrase.ok && passphrase.error.code === 'no-terminal') return ok(undefined);
    if (!passphrase.ok) return passphrase;
  }
  const next = `try it by hand: ssh-keygen -y -f ${file}`;
  const message = `the passphrase does not open ${file}`;
  return err(failure('refused', 'wrong-passphrase', message, next));
}

/** From here on it is masked in everything that is printed. */
function known(secret: Result<Secret, Failure>, edges: Edges): Result<Secret, Failure> {
  if (secret.ok) edges.secrets.add(secret.value);
  return secret;
}
