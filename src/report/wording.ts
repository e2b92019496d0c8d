import { clean } from '../core/clean.js';
import type { Event } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { RunOutcome, StepOutcome } from '../core/outcome.js';
import { placeText } from '../core/position.js';

/** All words that people read about a run. */

export const OUTCOME_WORDS: { readonly [outcome in StepOutcome]: string } = {
  ok: 'ok',
  changed: 'changed',
  skipped: 'skipped',
  failed: 'FAILED',
  unreachable: 'UNREACHABLE',
  unknown: 'UNKNOWN',
  ignored: 'failed, ignored',
  rescued: 'failed, rescued',
  undone: 'taken back',
  not_undone: 'NOT taken back',
  would_change: 'would change',
  no_change: 'no change',
  deferred: 'deferred',
};

const ENDINGS: { readonly [outcome in RunOutcome]: string } = {
  done: 'Done.',
  'would-change': 'Nothing was changed: this is what would happen.',
  refused: 'Refused: nothing was changed.',
  'rolled-back': 'Failed, and rolled back: the hosts are as they were before.',
  stopped: 'Failed, and stopped: the hosts are changed.',
  'rollback-incomplete': 'Failed, and not everything could be taken back.',
  unknown: 'Stopped: nobody can say how a step ended. Look before anything else is started.',
  interrupted: 'Interrupted.',
  defect: 'A defect in runback itself.',
};

export function headline(event: Extract<Event, { type: 'run.started' }>): string {
  const verb = { run: 'Run', 'dry-run': 'Preview', rollback: 'Rollback' }[event.mode];
  const cluster = event.cluster === null ? '' : ` of cluster ${event.cluster}`;
  return `${verb} ${event.run}: ${event.name}, on ${event.hosts.join(' ')}${cluster}`;
}

export function ending(event: Extract<Event, { type: 'run.finished' }>): string {
  const lines = [endingOf(event)];
  const counts = Object.entries(event.counts).map(
    ([outcome, count]) => `${count} ${OUTCOME_WORDS[outcome as StepOutcome]}`,
  );
  const took = `${seconds(event.durationMs)} in all`;
  lines.push([...counts, took].join(', '));
  if (event.downtimeMs !== null) {
    lines.push(
      `Downtime: ${seconds(event.downtimeMs)}, from the first parked manifest to the first quorum read.`,
    );
  }
  if (event.left.length > 0) lines.push(`Still changed: ${event.left.join(', ')}`);
  return lines.join('\n');
}

function endingOf({ outcome, mode }: Extract<Event, { type: 'run.finished' }>): string {
  if (outcome === 'done' && mode === 'dry-run') return 'Nothing to do: everything is already so.';
  if (outcome === 'done' && mode === 'rollback') {
    return 'Rolled back: the hosts are as they were before.';
  }
  return ENDINGS[outcome];
}

/** What happened, where, what next, and the evidence. */
export function failureText(failure: Failure): string {
  const host = failure.host === undefined ? '' : `${failure.host}: `;
  const where = failure.at === undefined ? '' : `\n  where: ${placeText(failure.at)}`;
  const detail =
    failure.detail === undefined || failure.detail === ''
      ? ''
      : `\n${clean(failure.detail)
          .split('\n')
          .map((line) => `  | ${line}`)
          .join('\n')}`;
  const message = failure.message.startsWith(`${failure.host}`)
    ? failure.message
    : `${host}${failure.message}`;
  return `${clean(message)}${where}${detail}\n  next: ${clean(failure.next)}`;
}

export function seconds(durationMs: number): string {
  return durationMs < 10_000
    ? `${(durationMs / 1_000).toFixed(2)} s`
    : `${(durationMs / 1_000).toFixed(1)} s`;
}
