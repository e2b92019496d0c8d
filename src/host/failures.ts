import { clean } from '../core/clean.js';
import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { LockHolder } from '../core/ports.js';
import type { Part } from './channel.js';

/** What a session has to say when something on its host is not as it must be. */

/** `holder`: null when somebody was faster and has given it back already. */
export function lockHeld(host: HostName, cluster: string, holder: LockHolder | null): Failure {
  if (holder === null) {
    const message = `another run took the lock of cluster ${cluster} at the same moment`;
    return failure('lock-held', 'lock-held', message, 'run it again', { host });
  }
  const { run, user, controller, since } = holder;
  const who = `run ${run} (${user} on ${controller}, since ${since})`;
  const next = `wait for it; if it is over, \`runback rollback ${run}\` or \`runback unlock\``;
  const message = `the cluster ${cluster} is locked by ${clean(who)}`;
  return failure('lock-held', 'lock-held', message, next, { host });
}

export function fenced(host: HostName): Failure {
  const message = 'another run has taken the lock over: this one may change nothing more';
  return failure('fenced', 'fenced', message, 'see who holds it: `runback unlock`', { host });
}

/** Nothing was started under these ids by this request. */
export function usedBefore(host: HostName): Failure {
  const message = `${host} was sent these changes before, and starts none of them twice`;
  const next = 'nothing was started now; run it again, and report it if it stays';
  return failure('protocol', 'id-used', message, next, { host });
}

export function cannotWrite(host: HostName, place: string, said: Part | undefined): Failure {
  const detail = clean(said?.output.toString('utf8').trim() ?? '');
  const message = `${host} cannot record what is done there (${place})`;
  const next =
    'make room there (bytes and inodes) and see that it may be written, then run it again';
  return failure('disk', 'host-disk', message, next, { host, detail });
}

export function cannotErase(host: HostName, said: Part | undefined): Failure {
  const detail = clean(said?.output.toString('utf8').trim() ?? '');
  const message = `${host}: not everything could be taken away`;
  const next = 'see what holds it, then clean again';
  return failure('disk', 'cannot-erase', message, next, { host, detail });
}

export function noPlace(host: HostName): Failure {
  const message = `the user who logs in on ${host} has no place to record what is done there`;
  const next = 'give it a home directory, or let it become root (become: true)';
  return failure('refused', 'no-place-for-receipts', message, next, { host });
}

export function lockNeedsRoot(host: HostName, cluster: string): Failure {
  const message = `the lock of cluster ${cluster} on ${host} is root's`;
  const next = 'let the user become root there (become: true)';
  return failure('refused', 'lock-needs-root', message, next, { host });
}

export function unexpected(host: HostName, what: string): Failure {
  const next = 'run it again; if it stays, report it';
  return failure('protocol', 'protocol', `${host}: ${what}`, next, { host });
}
