import type { Event } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { Json } from '../core/json.js';
import type { NotReached, RunOutcome, StepOutcome } from '../core/outcome.js';
import { placeText } from '../core/position.js';
import { findingLines } from './findings.js';
import { lastLines, oneLine } from './safe-text.js';

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
  const verb = { run: 'Run', 'dry-run': 'Preview', resume: 'Resume', rollback: 'Rollback' }[
    event.mode
  ];
  const cluster = event.cluster === null ? '' : ` of cluster ${event.cluster}`;
  const without = event.without.length === 0 ? '' : `, without ${event.without.join(' ')}`;
  return `${verb} ${event.run}: ${oneLine(event.name)}, on ${event.hosts.join(' ')}${cluster}${without}`;
}

/** `[2.5] Park etcd on the followers`; a rollback's tasks say that they go back. */
export function taskTitle(event: Extract<Event, { type: 'task.started' }>): string {
  const back = event.direction === 'undo' ? 'back: ' : '';
  return `[${event.task}] ${back}${oneLine(event.name)}`;
}

/** What a running program prints; of its errors, that they are. */
export function outputLines(event: Extract<Event, { type: 'step.output' }>): readonly string[] {
  const mark = event.stream === 'stderr' ? '!' : '|';
  const head = `    ${oneLine(event.host)}${itemText(event.item)} ${mark}`;
  const line = `${head} ${oneLine(event.text)}`;
  return event.gap ? [`${head} … (something before it is left out)`, line] : [line];
}

/** What a reader must know of a task before it begins. */
export function taskMarks(event: Extract<Event, { type: 'task.started' }>): string {
  const final = event.pointOfNoReturn ? '  — point of no return' : '';
  return event.irreversible === null
    ? final
    : `${final}  — cannot be taken back: ${oneLine(event.irreversible)}`;
}

/** ` (etcd)`: what a loop stands at; nothing without a loop. */
export function itemText(item: Json): string {
  if (item === null) return '';
  const text = typeof item === 'string' ? item : JSON.stringify(item);
  const short = text.length > itemCharactersMax ? `${text.slice(0, itemCharactersMax)}…` : text;
  return ` (${oneLine(short)})`;
}

const itemCharactersMax = 60;

export const GOING_BACK = '──── Going back ────';
export const NO_RETURN = 'From here on nothing is taken back by itself.';

export function proof(event: Extract<Event, { type: 'evidence' }>): string {
  return `proved on ${event.hosts.join(' ')}: ${event.kind}`;
}

export function nextLine(command: string): string {
  return `Type next: ${command}`;
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
  if (event.left.length > 0) lines.push(`Still changed: ${event.left.map(oneLine).join(', ')}`);
  if (event.inDoubt.length > 0) {
    lines.push(`Nobody has seen how these ended: ${event.inDoubt.map(oneLine).join(', ')}`);
  }
  lines.push(...leftOutLines(event.notReached));
  return lines.join('\n');
}

/** Who was left out, each with its reason: a run may be done without them, and nobody may overlook it. */
export function leftOutLines(notReached: readonly NotReached[]): readonly string[] {
  if (notReached.length === 0) return [];
  const hosts = notReached.map(({ host, why }) => {
    const line = why.startsWith(`${host} `) ? why : `${host}: ${why}`;
    return `  ${oneLine(line)}`;
  });
  return ['Left out:', ...hosts];
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
  const where = failure.at === undefined ? [] : [`  where: ${oneLine(placeText(failure.at))}`];
  const said = failure.detail === undefined ? '' : failure.detail.trim();
  const detail = said === '' ? [] : lastLines(said).map((line) => `  | ${line}`);
  const found = findingLines(failure.findings ?? [], null).map((line) => `  ${line}`);
  const next = `  next: ${oneLine(failure.next)}`;
  return [failureHead(failure), ...where, ...detail, ...found, next].join('\n');
}

/** The failure in one line, the host first. */
export function failureHead({ host, message }: Failure): string {
  const names = host === undefined || message.startsWith(host);
  return oneLine(names ? message : `${host}: ${message}`);
}

export function seconds(durationMs: number): string {
  return durationMs < 10_000
    ? `${(durationMs / 1_000).toFixed(2)} s`
    : `${(durationMs / 1_000).toFixed(1)} s`;
}

export function pausedUntil({ forMs }: Extract<Event, { type: 'paused' }>): string {
  if (forMs === null) return 'Press Enter to go on.';
  return `Goes on by itself after ${forMs / 1_000} s; press Enter to go on now.`;
}
