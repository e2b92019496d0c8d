import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import type { Failure } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import {
  connectTrouble,
  hostKeyFailure,
  keyTypeFailure,
  loginFailure,
  stopped,
  unreachable,
} from './failures.js';
import type { KnownHosts } from './known-hosts-files.js';
import type { Leg } from './leg.js';
import type { Offer } from './offers.js';
import type { Trouble } from './trouble.js';

const keepaliveIntervalMs = 5_000;
const keepaliveMissesMax = 3;

/** What one login needs besides the server itself. */
export interface Login {
  readonly known: KnownHosts;
  readonly offers: readonly Offer[];
  /** The way there when bastions lead to it; null: straight through the network. */
  readonly through: Duplex | null;
  readonly timeoutMs: number;
}

/** How far a login had come when it broke off. */
type Stage = 'greeting' | 'verified' | 'login';

/** Logs in once. The server's key is verified always: nothing is sent to one that is not known. */
export function logIn(
  leg: Leg,
  login: Login,
  signal: AbortSignal,
): Promise<Result<Client, Trouble>> {
  const client = new ssh2.Client();
  let stage: Stage = 'greeting';
  let keyFailure: Failure | null = null;
  return new Promise((resolve) => {
    const settle = (result: Result<Client, Trouble>): void => {
      signal.removeEventListener('abort', onAbort);
      if (!result.ok) client.destroy();
      resolve(result);
    };
    const fail = (trouble: Trouble): void => {
      settle(err(keyFailure === null ? trouble : { failure: keyFailure, again: 'no' }));
    };
    const onAbort = (): void => fail({ failure: stopped(leg), again: 'no' });
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('handshake', () => {
      stage = 'login';
    });
    client.once('ready', () => settle(ok(client)));
    client.on('error', (thrown) => {
      // An agent that does not answer has no keys; what else can be offered is.
      if ((thrown as { level?: string }).level === 'agent') return;
      fail(troubleOf(leg, login, thrown, stage));
    });
    client.once('close', () => fail(closedTrouble(leg, stage)));
    const verify = (key: Buffer): boolean => {
      const verdict = login.known.judge(leg.server, key);
      if (verdict.kind === 'known') stage = 'verified';
      else keyFailure = hostKeyFailure(leg, key, verdict);
      return verdict.kind === 'known';
    };
    client.connect({
      host: leg.server.address,
      port: leg.server.port,
      username: leg.server.user,
      ...(login.through === null ? {} : { sock: login.through }),
      authHandler: login.offers.map((offer): AnyAuthMethod => offer.method),
      hostVerifier: verify,
      readyTimeout: login.timeoutMs,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax: keepaliveMissesMax,
      ...algorithmsFor(leg, login.known),
    });
  });
}

function troubleOf(leg: Leg, login: Login, thrown: Error, stage: Stage): Trouble {
  const { level } = thrown as { level?: string };
  const isAuthentication = level === 'client-authentication';
  // A server that has had enough of keys says so and hangs up.
  if (isAuthentication || (stage === 'login' && /authentication failures/i.test(thrown.message))) {
    const offered = login.offers.map((offer) => offer.name);
    const said = isAuthentication ? '' : thrown.message;
    return { failure: loginFailure(leg, offered, said), again: 'no' };
  }
  const types = login.known.typesOf(leg.server);
  if (level === 'handshake' && /host key/i.test(thrown.message) && types.length > 0) {
    return { failure: keyTypeFailure(leg, types), again: 'no' };
  }
  return connectTrouble(leg, thrown, stage !== 'greeting');
}

function closedTrouble(leg: Leg, stage: Stage): Trouble {
  return stage === 'greeting'
    ? { failure: unreachable(leg, 'it closed the connection'), again: 'dropped' }
    : { failure: unreachable(leg, 'it closed the connection during the login'), again: 'no' };
}

/** A host with keys of several types is asked for one that is known, as OpenSSH does. */
function algorithmsFor({ server }: Leg, known: KnownHosts) {
  const serverHostKey = known.typesOf(server).flatMap(algorithmsOf);
  return serverHostKey.length === 0 ? {} : { algorithms: { serverHostKey } };
}

/** The names under which a key of a type may be asked for; none when ssh2 does not know the type. */
export function algorithmsOf(keyType: string): readonly ServerHostKeyAlgorithm[] {
  if (keyType === 'ssh-rsa') return ['rsa-sha2-512', 'rsa-sha2-256'];
  return KEY_TYPES.includes(keyType) ? [keyType as ServerHostKeyAlgorithm] : [];
}

/** What `trust` asks a server for, one after the other. */
export const KEY_TYPES: readonly string[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];
