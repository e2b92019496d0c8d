import type { EvidenceKind } from '../core/evidence.js';
import { type Failure, failure } from '../core/failure.js';
import type { HostName, TaskId } from '../core/names.js';
import type { Receipt } from '../core/receipt.js';

/** The engine's own sentences: what went wrong with carrying out, whatever the module is. */

export function lostSession(host: HostName): Failure {
  return failure(
    'unreachable',
    'connection-lost',
    `the connection to ${host} is gone`,
    'bring the host back, then run `runback rollback`',
    { host },
  );
}

export function changeFailed(host: HostName, change: string, receipt: Receipt): Failure {
  const ended = receipt.state === 'done' ? `exit code ${receipt.exitCode}` : receipt.state;
  const said = receipt.state === 'done' ? receipt.stderrTail || receipt.stdoutTail : '';
  return failure(
    'command-failed',
    'change-failed',
    `${change}: ${ended}`,
    'read what the host said, mend it, and run the playbook again',
    said === '' ? { host } : { host, detail: said },
  );
}

export function outcomeUnknown(host: HostName, change: string, detail: string): Failure {
  return failure(
    'unknown-outcome',
    'outcome-unknown',
    `nobody can say whether this happened: ${change}`,
    `look at ${host} yourself before anything else is started, then run \`runback rollback\``,
    { host, detail },
  );
}

export function notSo(host: HostName, change: string): Failure {
  return failure(
    'not-as-expected',
    'no-longer-so',
    `it is no longer so on ${host}: ${change} would be needed`,
    'find out who changed it since, then run `runback rollback`',
    { host },
  );
}

export function noEvidence(kind: EvidenceKind, host: HostName, cause: Failure): Failure {
  return failure(
    'evidence-missing',
    `no-evidence-${kind.replaceAll(':', '-')}`,
    `${kind} could not be proved on ${host}: ${cause.message}`,
    cause.next,
    { host, ...(cause.detail === undefined ? {} : { detail: cause.detail }) },
  );
}

export function noGiver(kind: EvidenceKind, host: HostName): Failure {
  return failure(
    'evidence-missing',
    'no-giver',
    `no earlier task proves ${kind}`,
    'put the task that proves it before this one',
    { host },
  );
}

export function notUndone(host: HostName, detail: string): Failure {
  return failure(
    'not-as-expected',
    'not-as-before',
    `${host} is not as it was before this task`,
    'compare the two states below, mend the host by hand, then run `runback rollback` again',
    { host, detail },
  );
}

export function nobodyKnowsTheWayBack(host: HostName, path: string): Failure {
  return failure(
    'refused',
    'way-back-blocked',
    `${path} on ${host} is neither as this run left it nor as it was before`,
    'somebody else has changed it: look at it, mend it by hand, then run `runback rollback` again',
    { host },
  );
}

export function newerRun(cluster: string): Failure {
  return failure(
    'refused',
    'newer-run',
    `another run has changed the cluster ${cluster} since`,
    'take that one back first, or leave both; `.runback/runs` lists them by time',
  );
}

export function stoppedBySignal(task: TaskId | null): Failure {
  return failure(
    'interrupted',
    'interrupted',
    task === null ? 'stopped before the first task' : `stopped before task ${task}`,
    'run `runback rollback` to go back to the state before this run',
  );
}
