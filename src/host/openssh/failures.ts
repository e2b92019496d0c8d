import { type Failure, failure } from '../../core/failure.js';
import { loginFailure, stopped, unreachable } from '../ssh/failures.js';
import { type Leg, whoIs } from '../ssh/leg.js';
import type { Trouble } from '../ssh/trouble.js';

/** Why OpenSSH’s client did not get in, from what it said. What it said is shown, never trusted. */
export function troubleFrom(leg: Leg, said: string): Trouble {
  const hostKey = HOST_KEY.find(([pattern]) => pattern.test(said));
  if (hostKey !== undefined) {
    const [, code, what] = hostKey;
    return never(hostKeyFailure(leg, code, what, said));
  }
  if (/Permission denied|Too many authentication failures/.test(said)) {
    return never(loginFailure(leg, leg.server.identityFiles, said));
  }
  if (/administratively prohibited/.test(said)) {
    const message = `${whoIs(leg)} cannot be reached: the bastion forwards nothing`;
    const next = 'have AllowTcpForwarding switched on for this user there';
    return never(failure('unreachable', 'no-forwarding', message, next, { host: leg.host }));
  }
  const reason = REASONS.find(([pattern]) => pattern.test(said));
  if (reason !== undefined) {
    const [, why, again] = reason;
    return { failure: { ...unreachable(leg, why), detail: said }, again };
  }
  return never({ ...unreachable(leg, 'ssh gave up'), detail: said });
}

const HOST_KEY: readonly (readonly [RegExp, string, string])[] = [
  [/IDENTIFICATION HAS CHANGED/, 'host-key-changed', 'is not the one that is known'],
  [/REVOKED|is revoked/i, 'host-key-revoked', 'is revoked'],
  [/host key is known for/, 'host-key-unknown', 'is not known'],
  [/certificate/i, 'host-certificate', 'has no certificate that holds'],
  [/Host key verification failed/, 'host-key-unknown', 'could not be verified'],
];

const REASONS: readonly (readonly [RegExp, string, Trouble['again']])[] = [
  [/Connection refused/, 'nothing listens there', 'closed'],
  [/Could not resolve|Name or service not known/, 'its name cannot be looked up', 'no'],
  [/No route to host|unreachable/, 'there is no way to it', 'no'],
  [/timed out/, 'it does not answer in time', 'no'],
  [/kex_exchange_identification|Connection (closed|reset)/, 'it closed the connection', 'dropped'],
];

function hostKeyFailure(leg: Leg, code: string, what: string, said: string): Failure {
  const message = `the host key of ${whoIs(leg)} ${what}`;
  const next = 'see what ssh says below; nothing was sent there';
  return failure('host-key', code, message, next, { host: leg.host, detail: said });
}

export function lateTrouble(leg: Leg): Trouble {
  return never(unreachable(leg, 'ssh did not finish its login in time'));
}

export function stoppedTrouble(leg: Leg): Trouble {
  return never(stopped(leg));
}

export function noClient(leg: Leg): Trouble {
  const message = `${whoIs(leg)} is reached with OpenSSH’s own client, and there is no ssh here`;
  const next =
    'install openssh-client here; it is needed for host certificates and `ansible_connection: openssh`';
  return never(failure('tool-missing', 'no-ssh-client', message, next, { host: leg.host }));
}

export function cannotSay(leg: Leg): Failure {
  const message = `something in the way to ${whoIs(leg)} cannot be written for OpenSSH`;
  const next = 'mend its address, user, key or known_hosts file: no quotes, backslashes or ${';
  return failure('refused', 'ssh-config', message, next, { host: leg.host });
}

function never(failed: Failure): Trouble {
  return { failure: failed, again: 'no' };
}
