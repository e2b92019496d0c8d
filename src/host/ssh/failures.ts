import { createHash } from 'node:crypto';
import type { Connection } from '../../core/connection.js';
import { type Failure, failure } from '../../core/failure.js';
import type { Verdict } from './known-hosts.js';

/** ssh's own way of writing a key's fingerprint. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export function hostKeyFailure(connection: Connection, key: Buffer, verdict: Verdict): Failure {
  const { host, address, port, knownHostsFiles } = connection;
  const shown = fingerprint(key);
  const files = knownHostsFiles.join(', ');
  if (verdict.kind === 'unknown') {
    const message = `the host key of ${host} (${address}) is not known: ${shown}`;
    const scan = `ssh-keyscan -p ${port} ${address}`;
    const next = `compare it with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there), then add what \`${scan}\` prints to ${files}`;
    return failure('host-key', 'host-key-unknown', message, next, { host });
  }
  const entry = verdict.kind === 'known' ? null : verdict.entry;
  const where = entry === null ? files : `${entry.file}:${entry.line}`;
  const isRevoked = verdict.kind === 'revoked';
  const message = isRevoked
    ? `the host key of ${host} (${address}) is revoked in ${where}: ${shown}`
    : `the host key of ${host} (${address}) is not the one in ${where}: ${shown}`;
  const next = isRevoked
    ? 'do not log in there; find out why its key was revoked'
    : `somebody may be in between; only if the host was really reinstalled, replace the line ${where}`;
  const code = isRevoked ? 'host-key-revoked' : 'host-key-changed';
  return failure('host-key', code, message, next, { host });
}

export function connectFailure(connection: Connection, thrown: Error): Failure {
  const { host, address, port, user } = connection;
  const { code, level } = thrown as Error & { code?: string; level?: string };
  const where = `${user}@${address}:${port}`;
  if (level === 'client-authentication') {
    const message = `${host} (${where}) lets nobody in with the keys that were offered`;
    const next = `try \`ssh -p ${port} ${user}@${address}\`; name the key with ansible_ssh_private_key_file`;
    return failure('login-refused', 'login-refused', message, next, { host });
  }
  const reasons: { readonly [code: string]: string } = {
    ECONNREFUSED: 'nothing listens there',
    EHOSTUNREACH: 'there is no way to it',
    ENETUNREACH: 'there is no way to its network',
    ENOTFOUND: 'its name is not known',
    EAI_AGAIN: 'its name cannot be looked up',
    ETIMEDOUT: 'it does not answer',
    ECONNRESET: 'it closed the connection',
  };
  const isLate = level === 'client-timeout';
  const reason = isLate ? 'it does not answer in time' : (reasons[code ?? ''] ?? thrown.message);
  const message = `${host} (${where}) cannot be reached: ${reason}`;
  const next = 'bring it up or mend the way to it; the whole cluster is needed';
  return failure('unreachable', 'cannot-connect', message, next, { host });
}

export function keyFailure(connection: Connection, file: string, why: string): Failure {
  const { host } = connection;
  const message = `the private key ${file} for ${host} cannot be used: ${why}`;
  const next = 'name another with ansible_ssh_private_key_file, or load it into an ssh-agent';
  return failure('login-refused', 'private-key', message, next, { host });
}
