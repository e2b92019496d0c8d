import { Chalk, type ChalkInstance } from 'chalk';
import { clean } from '../core/clean.js';
import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';
import { type FoldedHosts, fold } from './fold.js';
import { ending, failureText, headline } from './wording.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;

/** Lines for a log, a pipe and a narrow terminal: one heading a task, one line for hosts that are alike. */
export function plainReport({ out, nextCommand }: ReportOptions): Report {
  const paint = new Chalk({ level: out.colour ? 1 : 0 });
  const line = (text: string): void => out.write(`${text}\n`);
  let steps: StepFinished[] = [];
  const flush = (): void => {
    for (const folded of fold(steps)) {
      line(`  ${folded.hosts.join(' ')}  ${painted(paint, folded)}`);
      for (const detail of folded.details) line(paint.dim(`      ${detail}`));
    }
    for (const { failure } of steps)
      if (failure !== null) line(paint.red(indent(failureText(failure))));
    steps = [];
  };
  return {
    emit: (event) => {
      if (event.type === 'step.finished') {
        steps.push(event);
        return;
      }
      flush();
      for (const text of linesOf(event, paint, nextCommand)) line(text);
    },
    finish: async () => flush(),
  };
}

/** What is said about everything but steps. */
export function linesOf(
  event: Event,
  paint: ChalkInstance,
  nextCommand: ReportOptions['nextCommand'],
): readonly string[] {
  switch (event.type) {
    case 'run.started':
      return [
        paint.bold(headline(event)),
        ...(event.directory === null ? [] : [`recorded in ${event.directory}`]),
      ];
    case 'host.connected':
      return [paint.dim(`  ${event.host}  connected in ${event.durationMs} ms`)];
    case 'host.unreachable':
      return [paint.red(indent(failureText(event.failure)))];
    case 'lock.taken':
      return [paint.dim(`  lock of cluster ${event.cluster} taken, epoch ${event.epoch}`)];
    case 'play.started':
      return ['', paint.bold(event.name)];
    case 'task.started':
      return [taskHeading(event, paint)];
    case 'evidence':
      return [paint.green(`  proved on ${event.hosts.join(' ')}: ${event.kind}`)];
    case 'rollback.started':
      return ['', paint.yellow.bold('Going back'), paint.yellow(`  because ${clean(event.why)}`)];
    case 'warning':
      return [
        paint.yellow(`  ${event.host === null ? '' : `${event.host}: `}${clean(event.message)}`),
      ];
    case 'run.finished':
      return endLines(event, paint, nextCommand);
    case 'point-of-no-return':
    case 'task.finished':
    case 'step.started':
    case 'step.finished':
      return [];
  }
}

function taskHeading(
  event: Extract<Event, { type: 'task.started' }>,
  paint: ChalkInstance,
): string {
  const back = event.direction === 'undo' ? 'back: ' : '';
  const final = event.pointOfNoReturn ? paint.yellow('  — point of no return') : '';
  const fixed =
    event.irreversible === null
      ? ''
      : paint.yellow(`  — cannot be taken back: ${event.irreversible}`);
  return `[${event.task}] ${back}${clean(event.name)}${final}${fixed}`;
}

function endLines(
  event: Extract<Event, { type: 'run.finished' }>,
  paint: ChalkInstance,
  nextCommand: ReportOptions['nextCommand'],
): readonly string[] {
  const isGood = event.outcome === 'done' || event.outcome === 'would-change';
  const colour = isGood ? paint.green : paint.red;
  const next = isGood ? null : nextCommand(event.outcome, event.run);
  const why =
    event.failure === null || isGood ? [] : [paint.red(`because ${failureText(event.failure)}`)];
  return ['', colour(ending(event)), ...why, ...(next === null ? [] : [`Type next: ${next}`])];
}

function painted(paint: ChalkInstance, { outcome, text }: FoldedHosts): string {
  if (outcome === 'changed' || outcome === 'would_change' || outcome === 'undone')
    return paint.yellow(text);
  if (outcome === 'ok' || outcome === 'no_change') return paint.green(text);
  return outcome === 'skipped' || outcome === 'deferred' ? paint.cyan(text) : paint.red(text);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
