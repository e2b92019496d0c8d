import { Chalk } from 'chalk';
import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';
import { eventLines } from './event-lines.js';
import { stepLines } from './step-lines.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;

/** These come while other hosts are still at work. */
const DURING_STEPS: ReadonlySet<Event['type']> = new Set(['step.started', 'step.output']);

/** Lines for a log, a pipe and a narrow terminal: one heading a task, one line for hosts that are alike. */
export function plainReport({ out, nextCommand }: ReportOptions): Report {
  const paint = new Chalk({ level: out.colour ? 1 : 0 });
  const linesOf = eventLines(paint, nextCommand);
  let steps: StepFinished[] = [];
  const say = (lines: readonly string[]): void => {
    for (const line of lines) out.write(`${line}\n`);
  };
  const flush = (): void => {
    say(stepLines(steps, paint));
    steps = [];
  };
  return {
    emit: (event) => {
      // Steps wait for the end of their task, so that hosts which are alike share a line.
      if (event.type === 'step.finished') steps.push(event);
      else if (!DURING_STEPS.has(event.type)) flush();
      say(linesOf(event));
    },
    finish: async () => flush(),
  };
}
