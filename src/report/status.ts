import type { StepOutcome } from '../core/outcome.js';
import type { RunStatus, TaskStatus } from '../core/run-status.js';
import { jsonText } from './json.js';
import { oneLine } from './safe-text.js';
import { failureText, leftOutLines, OUTCOME_WORDS, seconds } from './wording.js';

/** `status`: where a run stands, for people. */
export function statusText(status: RunStatus): string {
  const cluster = status.cluster === null ? '' : `, cluster ${status.cluster}`;
  const lines = [
    `Run ${status.run}: ${oneLine(status.name)} (${oneLine(status.playbook)}${cluster})`,
    `Started ${status.started} by ${oneLine(status.user)}. ${standingOf(status)}`,
    ...status.tasks.map(taskLine),
  ];
  if (status.pointOfNoReturn !== null) {
    lines.push(`The point of no return, task ${status.pointOfNoReturn}, is behind it.`);
  }
  if (status.isCleaned) lines.push('What it left on the hosts was taken away.');
  if (status.downtimeMs !== null) lines.push(`Downtime: ${seconds(status.downtimeMs)}.`);
  if (status.left.length > 0) lines.push(`Changed: ${status.left.map(oneLine).join(', ')}`);
  if (status.inDoubt.length > 0) {
    lines.push(`Nobody has seen how these ended: ${status.inDoubt.map(oneLine).join(', ')}`);
  }
  lines.push(...leftOutLines(status.notReached));
  if (status.failure !== null && status.outcome !== 'done') lines.push(failureText(status.failure));
  return lines.join('\n');
}

/** `status --output json`: one line, `v: 1`. */
export function statusJson(status: RunStatus, at: string): string {
  const { isGoingBack, isTakenBack, isCleaned, pointOfNoReturn, downtimeMs, ...more } = status;
  const { inDoubt, notReached, ...rest } = more;
  return `${jsonText({
    v: 1,
    at,
    type: 'run.status',
    ...rest,
    is_going_back: isGoingBack,
    is_taken_back: isTakenBack,
    is_cleaned: isCleaned,
    point_of_no_return: pointOfNoReturn,
    downtime_ms: downtimeMs,
    in_doubt: inDoubt,
    not_reached: notReached,
  })}\n`;
}

/** One line of `runs`. */
export function runLine(status: RunStatus): string {
  const cluster = status.cluster ?? '-';
  return `${status.run}  ${shortStanding(status).padEnd(20)}  ${cluster}  ${oneLine(status.name)}`;
}

function standingOf(status: RunStatus): string {
  if (status.isTakenBack || status.outcome === 'rolled-back') return 'It was taken back.';
  const back = status.isGoingBack ? ' It has begun to go back, and can only finish that.' : '';
  if (status.outcome === null) return `It goes on, or its process was killed.${back}`;
  return `${STANDING[status.outcome]}${back}`;
}

const STANDING: { readonly [outcome in NonNullable<RunStatus['outcome']>]: string } = {
  done: 'It is done.',
  'would-change': 'It was a preview.',
  refused: 'It was refused before the first change.',
  'rolled-back': 'It was taken back.',
  stopped: 'It stopped, and the hosts are changed.',
  'rollback-incomplete': 'It went back, and not everything could be taken back.',
  unknown: 'It stopped because nobody could say how a step ended.',
  interrupted: 'It was interrupted.',
  defect: 'It ended with a defect in runback itself.',
};

function shortStanding(status: RunStatus): string {
  if (status.isTakenBack) return 'rolled-back';
  if (status.outcome === null) return status.isGoingBack ? 'going back, open' : 'open';
  return status.outcome;
}

const MARKS: { readonly [state in TaskStatus['state']]: string } = {
  done: '✓',
  open: '…',
  'not-begun': ' ',
  'taken-back': '↩',
};

function taskLine({ task, name, state, counts }: TaskStatus): string {
  const ends = Object.entries(counts).map(
    ([outcome, count]) => `${count} ${OUTCOME_WORDS[outcome as StepOutcome]}`,
  );
  const how = ends.length === 0 ? '' : `  ${ends.join(', ')}`;
  return `  ${MARKS[state]} [${task}] ${oneLine(name)}${how}`;
}
