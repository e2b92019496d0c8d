import type { EvidenceKind } from '../core/evidence.js';
import { type Failure, failure } from '../core/failure.js';
import type { HostName, TaskId } from '../core/names.js';
import type { LockHolder, OpenStep } from '../core/ports.js';
import type { Receipt } from '../core/receipt.js';

/** The engine's own sentences: what went wrong with carrying out, whatever the module is. */

export function lostSession(host: HostName): Failure {
  return failure(
    'unreachable',
    'connection-lost',
    `the connection to ${host} is gone`,
    'bring the host back, then type `runback resume` or `runback rollback`',
    { host },
  );
}

export function changeFailed(host: HostName, change: string, receipt: Receipt): Failure {
  const next = 'read what the host said, mend it, and run the playbook again';
  return failure('command-failed', 'change-failed', ...howItFailed(host, change, receipt, next));
}

/** It was never started, and what was heard instead of an answer says why: its kind and its remedy stay. */
export function notBegun(host: HostName, change: string, cause: Failure): Failure {
  return { ...cause, message: `${change}: it was not done: ${cause.message}`, host };
}

/** The second signal ended what could be ended without harm. */
export function endedAtOnce(host: HostName, change: string, receipt: Receipt): Failure {
  const next = 'type `runback resume`: it is begun again';
  return failure('command-failed', 'ended-at-once', ...howItFailed(host, change, receipt, next));
}

export function undoFailed(host: HostName, change: string, receipt: Receipt): Failure {
  const next = 'read what the host said, mend it, then run `runback rollback` again';
  return failure('command-failed', 'undo-failed', ...howItFailed(host, change, receipt, next));
}

function howItFailed(host: HostName, change: string, receipt: Receipt, next: string) {
  const [ended, said] = endOf(receipt);
  return [`${change}: ${ended}`, next, said === '' ? { host } : { host, detail: said }] as const;
}

/** How a change ended, and what was said about it. */
function endOf(receipt: Receipt): readonly [string, string] {
  switch (receipt.state) {
    case 'done':
      return [`exit code ${receipt.exitCode}`, receipt.stderrTail || receipt.stdoutTail];
    case 'never':
      return ['it was not done', ''];
    case 'interrupted':
      return [receipt.state, receipt.detail];
    case 'running':
      return [receipt.state, ''];
  }
}

export function outcomeUnknown(host: HostName, change: string, detail: string): Failure {
  return failure(
    'unknown-outcome',
    'outcome-unknown',
    `nobody can say whether this happened: ${change}`,
    `look at ${host} yourself before anything else is started, then type \`runback resume\` or \`runback rollback\``,
    { host, detail },
  );
}

/** Still unknown, but not for good: the host itself says that it goes on. */
export function stillRunning(host: HostName, change: string): Failure {
  return failure(
    'unknown-outcome',
    'still-running',
    `this still runs on ${host}, longer than the task's timeout: ${change}`,
    'see what holds it up there; when it has ended, type `runback resume` or `runback rollback`',
    { host },
  );
}

/** The operator said stop twice: what was sent goes on without us. */
export function leftInFlight(host: HostName, change: string): Failure {
  return failure(
    'interrupted',
    'left-in-flight',
    `stopped at once: nobody has seen how this ended on ${host}: ${change}`,
    'type `runback resume`: it asks the host first',
    { host },
  );
}

export function notEnough(host: HostName, attempts: number, detail?: string): Failure {
  return failure(
    'timed-out',
    'not-enough',
    `not as \`until\` wants it after ${attempts} attempts`,
    'look at what it gives, and give it more `retries` or a longer `delay` if it only needs time',
    detail === undefined ? { host } : { host, detail },
  );
}

export function failedWhen(host: HostName, because: string): Failure {
  return failure(
    'command-failed',
    'failed-when',
    because,
    'read what it gave, mend it, and go on',
    { host },
  );
}

/** A half-made change that may not simply be made again. */
export function halfMade(host: HostName, change: string, detail: string): Failure {
  return failure(
    'unknown-outcome',
    'half-made',
    `this was begun on ${host} and nobody saw its end, and it may not be begun twice: ${change}`,
    `look at ${host} yourself: finish it by hand and type \`runback resume\`, or type \`runback rollback\``,
    { host, detail },
  );
}

export function tooManyFailed(failed: number, hosts: number, percentage: number): Failure {
  return failure(
    'refused',
    'too-many-failed',
    `${failed} of ${hosts} hosts failed, more than max_fail_percentage (${percentage}) allows`,
    'mend them, then type `runback resume`',
  );
}

export function notSo(host: HostName, change: string): Failure {
  return failure(
    'not-as-expected',
    'no-longer-so',
    `it is no longer so on ${host}: ${change} would be needed`,
    'find out who changed it since, then type `runback resume` or `runback rollback`',
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

export function takenOver(host: HostName, cluster: string): Failure {
  return failure(
    'fenced',
    'taken-over',
    `the lock of cluster ${cluster} is no longer ours: another has taken this run over, or given it up`,
    'believe what the other one says; `runback runs` lists what this machine knows',
    { host },
  );
}

/** Everything is done, and no host could be asked whether this run still has its lock. */
export function endNotHeard(cluster: string, cause: Failure | null): Failure {
  return failure(
    cause?.kind ?? 'unreachable',
    'end-not-heard',
    `all is done, and no host of cluster ${cluster} could be told: another may have taken this run over`,
    'bring the hosts back, then type `runback resume`: it only ends what is done',
    cause === null ? {} : { detail: cause.message },
  );
}

/** A lock that was given up by hand, and something of its run goes on. */
export function stillAtWork(host: HostName, { run, pids }: OpenStep): Failure {
  return failure(
    'lock-held',
    'still-at-work',
    `a step of run ${run} still runs on ${host}, although its lock was given up (${processes(pids)})`,
    'wait for its end, or end these processes there; then the same command again',
    { host },
  );
}

function processes(pids: readonly number[]): string {
  return pids.length === 0 ? 'its process is not known' : `processes ${pids.join(', ')}`;
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
    'type `runback resume` to go on, or `runback rollback` to go back to the state before this run',
  );
}

export function stoppedByOperator(task: TaskId): Failure {
  return failure(
    'interrupted',
    'stopped-by-operator',
    `stopped before task ${task}: the answer was not yes`,
    'type `runback resume` to go on, or `runback rollback` to go back',
  );
}

/** The operator said stop while the run went back: what is undone is noted, the rest stays as it is. */
export function goingBackStopped(task: TaskId): Failure {
  return failure(
    'interrupted',
    'interrupted',
    `stopped going back before task ${task}`,
    'type `runback resume`: a run that began to go back can only finish going back',
  );
}

export function loopIsGone(host: HostName, index: number): Failure {
  return failure(
    'refused',
    'loop-changed',
    `item ${index + 1} of the loop is no longer there on ${host}`,
    'use the inputs with which the run was started',
    { host },
  );
}

export function lockedBy(host: HostName, holder: LockHolder): Failure {
  return failure(
    'lock-held',
    'lock-held',
    `${host} is locked by run ${holder.run} (${holder.user} on ${holder.controller})`,
    'wait until that run is over',
    { host },
  );
}
