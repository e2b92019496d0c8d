import { Chalk } from 'chalk';
import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';
import { eventLines } from './event-lines.js';
import { LastLines } from './last-lines.js';
import { type Spinner, spin } from './spinner.js';
import { stepLines } from './step-lines.js';
import { taskMarks, taskTitle } from './wording.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;

const ENDS_A_TASK: ReadonlySet<Event['type']> = new Set([
  'play.started',
  'task.started',
  'task.finished',
  'rollback.started',
  'paused',
  'run.finished',
]);

/** So much of what programs print is seen below the row while it spins. */
const liveLinesMax = 6;

/**
 * A task is one spinning row that becomes a tick or a cross; hosts that are alike are folded below it.
 * Everything else is printed as lines. One list for each task: no tree grows without end.
 */
export function terminalReport({ out, nextCommand }: ReportOptions): Report {
  const paint = new Chalk({ level: out.colour ? 1 : 0 });
  const linesOf = eventLines(paint, nextCommand);
  let spinner: Spinner | null = null;
  let steps: StepFinished[] = [];
  let held: { early: string[]; late: string[] } = { early: [], late: [] };
  let output = new LastLines();
  let last: Promise<void> = Promise.resolve();

  const say = (lines: readonly string[]): void => {
    for (const line of lines) out.write(`${line}\n`);
  };
  const stop = async (): Promise<void> => {
    await spinner?.stop();
    spinner = null;
    say([...held.early, ...output.lines, ...stepLines(steps, paint), ...held.late]);
    steps = [];
    output = new LastLines();
    held = { early: [], late: [] };
  };
  const handle = async (event: Event): Promise<void> => {
    if (ENDS_A_TASK.has(event.type)) await stop();
    if (event.type === 'step.finished') steps.push(event);
    const lines = linesOf(event);
    if (event.type === 'task.started') {
      const title = `${taskTitle(event)}${taskMarks(event)}`;
      spinner = spin(title, event.hosts.length);
    } else if (spinner === null) say(lines);
    else if (event.type === 'step.output') {
      output.add(lines);
      spinner.progress.says(output.lines.slice(-liveLinesMax));
      spinner.update();
    }
    // A line in the middle of the tree would tear it: it waits for the tick, before or behind the hosts.
    else (steps.length === 0 ? held.early : held.late).push(...lines);
    if (event.type === 'step.started' || event.type === 'step.finished') {
      spinner?.progress.note(event);
      spinner?.update();
    }
  };
  const inOrder = (step: () => Promise<void>): Promise<void> => {
    last = last.then(step);
    return last;
  };
  return {
    emit: (event) => void inOrder(() => handle(event)),
    finish: () => inOrder(stop),
  };
}
