import { type Failure, failure } from '../core/failure.js';
import type { Context } from './context.js';
import { failedWhen, notEnough } from './failures.js';
import { recordOf } from './results.js';
import { machineOf, type StepAt, scopeAt } from './step-at.js';
import { ended, failedWith, type StepEnd } from './step-end.js';

export interface Judged {
  readonly end: StepEnd;
  /** No further attempt is wanted, or none could help. */
  readonly isEnough: boolean;
}

/** Failures that another attempt may mend; all others are about the run and not about the step. */
const MENDABLE: readonly Failure['kind'][] = [
  'refused',
  'command-failed',
  'timed-out',
  'not-as-expected',
  'digest-mismatch',
  'tool-missing',
];

export function isMendable(end: StepEnd): boolean {
  return end.failure === null || MENDABLE.includes(end.failure.kind);
}

/** Lets the task's own conditions have their say about what a step has just given. */
export function judge(context: Context, at: StepAt, end: StepEnd): Judged {
  if (!['ok', 'changed', 'failed'].includes(end.outcome)) return { end, isEnough: true };
  if (!isMendable(end)) return { end, isEnough: true };
  const verdict = at.task.judge(scopeAt(context, at), recordOf(end.outcome, end.result));
  if (end.outcome === 'failed') return { end, isEnough: verdict.ok && verdict.value.isEnough };
  if (!verdict.ok) return { end: failedWith(verdict.error, end.changes), isEnough: true };
  const { changed, failedBecause, isEnough } = verdict.value;
  if (failedBecause !== null) {
    const because = failedWhen(machineOf(at), failedBecause);
    return { end: { ...failedWith(because, end.changes), result: end.result }, isEnough };
  }
  return { end: { ...end, outcome: changed ? 'changed' : 'ok' }, isEnough };
}

/** The last attempt is over: what was never enough has failed, and what may fail is noted as ignored. */
export function lastWord(at: StepAt, { end, isEnough }: Judged, attempts: number): StepEnd {
  const isShort = !isEnough && end.failure === null;
  const final = isShort
    ? { ...failedWith(notEnough(machineOf(at), attempts), end.changes), result: end.result }
    : end;
  const mayFail = at.task.ignoreErrors && final.outcome === 'failed' && isMendable(final);
  return mayFail ? { ...final, outcome: 'ignored' } : final;
}

export function nothingToLoopOver(): StepEnd {
  return ended('skipped', { why: 'there is nothing to loop over' });
}

export function stoppedInside(at: StepAt): StepEnd {
  const message = `stopped in task ${at.task.id}, before its next attempt or item`;
  const next = 'type `runback resume` to go on, or `runback rollback` to go back';
  return failedWith(failure('interrupted', 'interrupted', message, next, { host: at.host }));
}
