import type { Duplex } from 'node:stream';
import ssh2, { type ServerHostKeyAlgorithm } from 'ssh2';
import type { SshServer } from '../../core/connection.js';
import type { OfferedKey, ServerKeys } from '../../core/host-keys.js';
import { err, ok, type Result } from '../../core/result.js';
import { algorithmsOf, KEY_TYPES } from './client.js';
import { connectTrouble, fingerprint, stopped, unreachable } from './failures.js';
import { keyTypeOf } from './known-hosts.js';
import type { KnownHosts } from './known-hosts-files.js';
import type { Leg } from './leg.js';
import type { Trouble } from './trouble.js';

/** Asked for one after the other: of one kind a server shows one key. */
export const KEY_KINDS: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  KEY_TYPES.filter((type) => type.startsWith('ecdsa-')).flatMap(algorithmsOf),
  algorithmsOf('ssh-rsa'),
];

/** Begins a handshake, sees the key and hangs up. Null: the server has none of this kind. */
export function seeKey(
  leg: Leg,
  kind: readonly ServerHostKeyAlgorithm[],
  through: Duplex | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result<Buffer | null, Trouble>> {
  const client = new ssh2.Client();
  return new Promise((resolve) => {
    const settle = (result: Result<Buffer | null, Trouble>): void => {
      signal.removeEventListener('abort', onAbort);
      client.destroy();
      resolve(result);
    };
    const onAbort = (): void => settle(err({ failure: stopped(leg), again: 'no' }));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('error', (thrown) => {
      const hasNone = /no matching host key/.test(thrown.message);
      settle(hasNone ? ok(null) : err(connectTrouble(leg, thrown, false)));
    });
    client.once('close', () => {
      const failure = unreachable(leg, 'it closed the connection');
      settle(err({ failure, again: 'dropped' }));
    });
    client.connect({
      host: leg.server.address,
      port: leg.server.port,
      username: leg.server.user,
      ...(through === null ? {} : { sock: through }),
      readyTimeout: timeoutMs,
      algorithms: { serverHostKey: [...kind] },
      hostVerifier: (key: Buffer) => {
        settle(ok(key));
        return false;
      },
    });
  });
}

/**
 * A server that shows one key that is known of it is known: its keys of other types are nobody's promise.
 * One that is known, and shows none of its keys, is another server until a person says otherwise.
 */
export function compared(
  server: SshServer,
  keys: readonly Buffer[],
  known: KnownHosts,
): ServerKeys {
  const offered = keys.map(
    (key): OfferedKey => ({
      type: keyTypeOf(key),
      fingerprint: fingerprint(key),
      base64: key.toString('base64'),
    }),
  );
  const verdicts = keys.map((key) => known.judge(server, key));
  const place = (kind: 'revoked' | 'changed'): string | null => {
    const found = verdicts.find((verdict) => verdict.kind === kind);
    return found !== undefined && 'entry' in found
      ? `${found.entry.file}:${found.entry.line}`
      : null;
  };
  const state = (): ServerKeys['state'] => {
    if (place('revoked') !== null) return 'revoked';
    if (place('changed') !== null) return 'changed';
    if (verdicts.some((verdict) => verdict.kind === 'known')) return 'known';
    if (known.isListed(server)) return 'changed';
    return known.needsCertificate(server) ? 'certified' : 'new';
  };
  return { state: state(), where: place('revoked') ?? place('changed'), keys: offered };
}
