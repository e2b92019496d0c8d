import { readFileSync } from 'node:fs';
import { type AnyAuthMethod, Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { type Argv, commandLine } from '../../core/argv.js';
import type { Connection } from '../../core/connection.js';
import { type Failure, failure } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import { tailOf } from '../tail.js';
import type { Pipe, Transport } from '../transport.js';
import { connectFailure, hostKeyFailure } from './failures.js';
import { type Identity, readIdentities } from './identities.js';
import { judge, type KnownHost, knownKeyTypes, parseKnownHosts } from './known-hosts.js';

const keepaliveIntervalMs = 5_000;
const keepaliveMissesMax = 3;

/** Opens one connection. The host's key is verified always: nothing is sent to a host that is not known. */
export async function sshTransport(
  connection: Connection,
  connectTimeoutMs: number,
  signal: AbortSignal,
): Promise<Result<Transport, Failure>> {
  const identities = readIdentities(connection);
  if (!identities.ok) return identities;
  const known = readKnownHosts(connection);
  const client = new Client();
  const lost = new AbortController();
  let keyFailure: Failure | null = null;
  const opened = await new Promise<Failure | null>((resolve) => {
    const onAbort = (): void => {
      client.destroy();
      resolve(stopped(connection));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    client.once('ready', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(null);
    });
    client.on('error', (thrown) => {
      lost.abort();
      resolve(keyFailure ?? connectFailure(connection, thrown));
    });
    client.once('close', () => {
      lost.abort();
      resolve(keyFailure ?? connectFailure(connection, new Error('it closed the connection')));
    });
    const verify = (key: Buffer): boolean => {
      const verdict = judge(known, connection.address, connection.port, key);
      if (verdict.kind !== 'known') keyFailure = hostKeyFailure(connection, key, verdict);
      return verdict.kind === 'known';
    };
    client.connect(configOf(connection, identities.value, known, verify, connectTimeoutMs));
  });
  if (opened !== null) {
    client.destroy();
    return err(opened);
  }
  client.setNoDelay(true);
  const open = (argv: Argv) => openPipe(client, connection, argv);
  return ok({ open, lost: lost.signal, close: () => client.end() });
}

function configOf(
  connection: Connection,
  identities: readonly Identity[],
  known: readonly KnownHost[],
  verify: (key: Buffer) => boolean,
  connectTimeoutMs: number,
): ConnectConfig {
  const { address, port, user, agentSocket } = connection;
  const types = knownKeyTypes(known, address, port).flatMap(algorithmsOf);
  const agent: AnyAuthMethod[] =
    agentSocket === null ? [] : [{ type: 'agent', username: user, agent: agentSocket }];
  const keys: AnyAuthMethod[] = identities.map(({ key }) => ({
    type: 'publickey',
    username: user,
    key,
  }));
  return {
    host: address,
    port,
    username: user,
    authHandler: [...agent, ...keys],
    hostVerifier: verify,
    readyTimeout: connectTimeoutMs,
    keepaliveInterval: keepaliveIntervalMs,
    keepaliveCountMax: keepaliveMissesMax,
    // A host with keys of several types is asked for one that is known, as OpenSSH does.
    ...(types.length === 0 ? {} : { algorithms: { serverHostKey: types } }),
  };
}

function algorithmsOf(keyType: string): readonly ServerHostKeyAlgorithm[] {
  if (keyType === 'ssh-rsa') return ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
  const supported = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
  ];
  return supported.includes(keyType) ? [keyType as ServerHostKeyAlgorithm] : [];
}

function openPipe(
  client: Client,
  connection: Connection,
  argv: Argv,
): Promise<Result<Pipe, Failure>> {
  return new Promise((resolve) => {
    const refuse = (thrown: Error): void => resolve(err(connectFailure(connection, thrown)));
    try {
      client.exec(`exec ${commandLine(argv)}`, (thrown, stream) => {
        if (thrown !== undefined) {
          refuse(thrown);
          return;
        }
        const errorTail = tailOf(stream.stderr);
        stream.on('error', () => {});
        // Its last words may come behind its exit code, and none behind the end of the channel.
        const ended = new Promise<number | null>((done) => {
          let exitCode: number | null = null;
          stream.on('exit', (code: number | null) => {
            exitCode = code;
          });
          stream.on('close', () => done(exitCode));
        });
        const destroy = (): void => {
          stream.destroy();
        };
        const errors = stream.stderr;
        resolve(ok({ input: stream, output: stream, errors, errorTail, ended, destroy }));
      });
    } catch (thrown) {
      refuse(thrown as Error);
    }
  });
}

/** A file that is not there holds no keys: then the host is unknown, and that is said. */
function readKnownHosts(connection: Connection): readonly KnownHost[] {
  return connection.knownHostsFiles.flatMap((file) => {
    try {
      return parseKnownHosts(file, readFileSync(file, 'utf8'));
    } catch {
      return [];
    }
  });
}

function stopped({ host }: Connection): Failure {
  const next = 'nothing was changed';
  return failure('interrupted', 'interrupted', `stopped while connecting to ${host}`, next, {
    host,
  });
}
