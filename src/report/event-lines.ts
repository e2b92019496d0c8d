import type { ChalkInstance } from 'chalk';
import type { Event } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import type { ReportOptions } from './contract.js';
import { oneLine } from './safe-text.js';
import { indented, sameFailure } from './step-lines.js';
import {
  ending,
  failureHead,
  failureText,
  GOING_BACK,
  headline,
  itemText,
  NO_RETURN,
  nextLine,
  outputLines,
  pausedUntil,
  proof,
  taskMarks,
  taskTitle,
} from './wording.js';

export type EventLines = (event: Event) => readonly string[];

/** What is said about everything but steps. Remembers which failures were told already. */
export function eventLines(
  paint: ChalkInstance,
  nextCommand: ReportOptions['nextCommand'],
): EventLines {
  const told: Failure[] = [];
  return (event) => {
    if (event.type === 'step.finished' || event.type === 'host.unreachable') {
      if (event.failure !== null) told.push(event.failure);
    }
    if (event.type === 'run.finished') return endLines(event, paint, nextCommand, told);
    return linesOf(event, paint);
  };
}

function linesOf(event: Event, paint: ChalkInstance): readonly string[] {
  switch (event.type) {
    case 'run.started':
      return [
        paint.bold(headline(event)),
        ...(event.directory === null ? [] : [`recorded in ${oneLine(event.directory)}`]),
      ];
    case 'host.connected':
      return [paint.dim(`  ${oneLine(event.host)}  connected in ${event.durationMs} ms`)];
    case 'host.unreachable':
      return [paint.red(indented(failureText(event.failure)))];
    case 'lock.taken':
      return [paint.dim(`  lock of cluster ${oneLine(event.cluster)} taken, epoch ${event.epoch}`)];
    case 'play.started':
      return ['', paint.bold(`[${event.play}] ${oneLine(event.name)}`)];
    case 'task.started':
      return [`${taskTitle(event)}${paint.yellow(taskMarks(event))}`];
    case 'evidence':
      return [paint.green(`  ${proof(event)}`)];
    case 'point-of-no-return':
      return [paint.yellow.bold(`  ${NO_RETURN}`)];
    case 'rollback.started':
      return ['', paint.yellow.bold(GOING_BACK), paint.yellow(`  because ${oneLine(event.why)}`)];
    case 'paused':
      return [
        '',
        paint.bold(`  ${oneLine(event.message)}`),
        paint.yellow(`  ${pausedUntil(event)}`),
      ];
    case 'warning': {
      const host = event.host === null ? '' : `${oneLine(event.host)}: `;
      return [paint.yellow(`  warning: ${host}${oneLine(event.message)}`)];
    }
    case 'step.retried': {
      const { attempt, attemptsMax, why } = event;
      const again = `${oneLine(why)}; tried ${attempt} of ${attemptsMax} times`;
      return [paint.dim(`  ${oneLine(event.host)}${itemText(event.item)}  ${again}`)];
    }
    case 'step.output':
      return outputLines(event).map((line) => paint.dim(line));
    case 'run.finished':
    case 'task.finished':
    case 'step.started':
    case 'step.finished':
      return [];
  }
}

function endLines(
  event: Extract<Event, { type: 'run.finished' }>,
  paint: ChalkInstance,
  nextCommand: ReportOptions['nextCommand'],
  told: readonly Failure[],
): readonly string[] {
  const { failure, outcome } = event;
  const isGood = outcome === 'done' || outcome === 'would-change';
  const colour = isGood ? paint.green : paint.red;
  const next = isGood ? null : nextCommand(outcome, event.run);
  const lines = ['', colour(ending(event))];
  if (failure !== null && !isGood) {
    const wasTold = told.some((one) => sameFailure(one, failure));
    lines.push(paint.red(`because ${wasTold ? failureHead(failure) : failureText(failure)}`));
  }
  return next === null ? lines : [...lines, nextLine(next)];
}
