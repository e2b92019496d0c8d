import type { Finding } from './finding.js';
import type { HostName } from './names.js';
import type { Position } from './position.js';

/**
 * Every way in which something can go wrong outside our own code. The kind is what programs decide on;
 * the sentences are what people read: what happened, and what to do next.
 */
export type FailureKind =
  | 'refused' // a precondition that does not hold; nothing was changed by this step
  | 'unreachable' // no connection, or it was lost and could not be had again
  | 'host-key' // the host's key is unknown, changed or revoked
  | 'login-refused' // the host answered and let nobody in
  | 'sudo-refused' // logged in, but not allowed to become root
  | 'tool-missing' // a program that the step needs is not on the host
  | 'timed-out' // a bounded wait ended
  | 'command-failed' // a change ran and failed
  | 'digest-mismatch' // bytes that are not the bytes that were promised
  | 'not-as-expected' // a change ran, and the probe afterwards does not show it
  | 'evidence-missing' // a step demanded evidence that could not be gathered
  | 'expression' // an expression that could not be evaluated on this host
  | 'lock-held' // another run holds the cluster's lock
  | 'fenced' // a newer run has taken the lock over; this one may change nothing more
  | 'interrupted' // stopped by a signal
  | 'unknown-outcome' // nobody can say whether the change happened
  | 'protocol' // the host's answer is not one that the runner gives
  | 'disk' // the run directory, or a host's place for records (`host-disk`), cannot be written
  | 'defect'; // a bug of our own

export interface Failure {
  readonly kind: FailureKind;
  /** A stable name for this very finding: `data-dir-is-a-mount`. */
  readonly code: string;
  readonly message: string;
  /** What to do next. Never empty. */
  readonly next: string;
  readonly host?: HostName;
  readonly at?: Position;
  /** The evidence: the last lines that a tool said, what was seen last. Untrusted text. */
  readonly detail?: string;
  /** Everything that was found, when the failure is that too much was. */
  readonly findings?: readonly Finding[];
}

export function failure(
  kind: FailureKind,
  code: string,
  message: string,
  next: string,
  more: Pick<Failure, 'host' | 'at' | 'detail' | 'findings'> = {},
): Failure {
  return { kind, code, message, next, ...more };
}

/** The usual case in a module: a precondition does not hold, and nothing was touched. */
export function refused(code: string, message: string, next: string, detail?: string): Failure {
  return failure('refused', code, message, next, detail === undefined ? {} : { detail });
}
