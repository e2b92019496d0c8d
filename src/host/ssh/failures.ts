import { createHash } from 'node:crypto';
import { type Failure, failure } from '../../core/failure.js';
import type { Verdict } from './known-hosts.js';
import { byHand, type Leg, whoIs } from './leg.js';
import type { Trouble } from './trouble.js';

/** ssh's own way of writing a key's fingerprint. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export function hostKeyFailure(leg: Leg, key: Buffer, verdict: Verdict): Failure {
  const { host } = leg;
  const [who, shown] = [whoIs(leg), fingerprint(key)];
  if (verdict.kind === 'unknown' || verdict.kind === 'known') {
    const message = `the host key of ${who} is not known: ${shown}`;
    const next =
      'compare it with the host’s own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there), ' +
      'then `runback trust -i INVENTORY`';
    return failure('host-key', 'host-key-unknown', message, next, { host });
  }
  const where = `${verdict.entry.file}:${verdict.entry.line}`;
  if (verdict.kind === 'revoked') {
    const message = `the host key of ${who} is revoked in ${where}: ${shown}`;
    const next = 'do not log in there; find out why its key was revoked';
    return failure('host-key', 'host-key-revoked', message, next, { host });
  }
  const message = `the host key of ${who} is not the one in ${where}: ${shown}`;
  const next = `somebody may be in between; only if the host was really reinstalled, take the line ${where} out`;
  return failure('host-key', 'host-key-changed', message, next, { host });
}

/** The server has no key of a type that is known of it: nobody can say whether it is the right one. */
export function keyTypeFailure(leg: Leg, types: readonly string[]): Failure {
  const message = `${whoIs(leg)} shows no host key of a type that is known: ${types.join(', ')}`;
  const next =
    'see which keys it has, and whether it is the right host: `runback trust -i INVENTORY`';
  return failure('host-key', 'host-key-type', message, next, { host: leg.host });
}

export function loginFailure(leg: Leg, offered: readonly string[], said: string): Failure {
  const what =
    offered.length === 0 ? 'and no key was there to offer' : `with ${offered.join(', ')}`;
  const message = `${whoIs(leg)} lets nobody in ${what}`;
  const next = `try \`${byHand(leg)}\`; name the key with ansible_ssh_private_key_file`;
  const detail = said === '' ? {} : { detail: said };
  return failure('login-refused', 'login-refused', message, next, { host: leg.host, ...detail });
}

const REASONS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to its network',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
};

export function connectTrouble(leg: Leg, thrown: Error, isGreeted: boolean): Trouble {
  const { code = '', level } = thrown as Error & { code?: string; level?: string };
  const isLate = level === 'client-timeout';
  const reason = isLate ? 'it does not answer in time' : (REASONS[code] ?? thrown.message);
  return { failure: unreachable(leg, reason), again: againOf(code, thrown.message, isGreeted) };
}

function againOf(code: string, message: string, isGreeted: boolean): Trouble['again'] {
  if (code === 'ECONNREFUSED') return 'closed';
  const isCut = ['ECONNRESET', 'EPIPE'].includes(code) || /^Connection lost/.test(message);
  return isCut && !isGreeted ? 'dropped' : 'no';
}

/** The bastion was asked to go on from there, and did not. */
export function forwardTrouble(leg: Leg, thrown: Error): Trouble {
  const { reason: code } = thrown as { reason?: string | number };
  const isProhibited = code === 1 || code === 'ADMINISTRATIVELY_PROHIBITED';
  const why = thrown.message.replace(/^\(SSH\) Channel open failure: /, '');
  if (!isProhibited) {
    const reason = why === '' ? 'the bastion has no way to it' : `the bastion says: ${why}`;
    const again = /refused/i.test(why) ? 'closed' : 'no';
    return { failure: unreachable(leg, reason), again };
  }
  const message = `${whoIs(leg)} cannot be reached: the bastion forwards nothing`;
  const next = 'have AllowTcpForwarding switched on for this user there';
  const prohibited = failure('unreachable', 'no-forwarding', message, next, { host: leg.host });
  return { failure: prohibited, again: 'no' };
}

export function unreachable(leg: Leg, reason: string): Failure {
  const message = `${whoIs(leg)} cannot be reached: ${reason}`;
  const next = `bring it up or mend the way to it, and try \`${byHand(leg)}\``;
  return failure('unreachable', 'cannot-connect', message, next, { host: leg.host });
}

export function channelFailure(leg: Leg, thrown: Error): Failure {
  if (!/Channel open failure/.test(thrown.message)) return unreachable(leg, thrown.message);
  const message = `${whoIs(leg)} opens no further channel`;
  const next = 'have MaxSessions of its sshd at 4 or more (10 is the default)';
  return failure('unreachable', 'no-channel', message, next, { host: leg.host });
}

export function keyFailure(leg: Leg, file: string, why: string): Failure {
  const message = `the private key ${file} for ${whoIs(leg)} cannot be used: ${why}`;
  const next = 'name another with ansible_ssh_private_key_file, or load it into an ssh-agent';
  return failure('login-refused', 'private-key', message, next, { host: leg.host });
}

export function lockedKeyFailure(leg: Leg, file: string): Failure {
  const message = `the private key ${file} for ${whoIs(leg)} is encrypted, and no passphrase was given`;
  const next = `load it into an ssh-agent (ssh-add ${file}), or give --private-key-passphrase-file FILE`;
  return failure('login-refused', 'private-key-locked', message, next, { host: leg.host });
}

export function stopped({ host }: Leg): Failure {
  const message = `stopped while connecting to ${host}`;
  return failure('interrupted', 'interrupted', message, 'nothing was changed', { host });
}
