import { Chalk } from 'chalk';
import { Listr, type ListrTaskWrapper } from 'listr2';
import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';
import { fold } from './fold.js';
import { linesOf } from './plain.js';
import { failureText } from './wording.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;
type Wrapper = ListrTaskWrapper<unknown, never, never>;

/** The task that spins now, and how it is told that it is over. */
interface Spinning {
  readonly settle: () => void;
  readonly wrapper: Promise<Wrapper>;
  readonly over: Promise<void>;
  readonly title: string;
  readonly steps: StepFinished[];
  hosts: number;
}

/**
 * A task is one spinning row that becomes a tick or a cross; hosts that are alike are folded below it.
 * Everything else is printed as lines. One list for each task: no tree grows without end.
 */
export function terminalReport({ out, nextCommand }: ReportOptions): Report {
  const paint = new Chalk({ level: out.colour ? 1 : 0 });
  let spinning: Spinning | null = null;
  let last: Promise<void> = Promise.resolve();

  const inOrder = (step: () => Promise<void> | void): void => {
    last = last.then(step);
  };
  const handle = async (event: Event): Promise<void> => {
    if (event.type === 'task.started') {
      await stop();
      spinning = spin(`[${event.task}] ${event.direction === 'undo' ? 'back: ' : ''}${event.name}`);
      spinning.hosts = event.hosts.length;
      return;
    }
    if (event.type === 'step.finished' && spinning !== null) {
      spinning.steps.push(event);
      const wrapper = await spinning.wrapper;
      wrapper.title = `${spinning.title}  ${spinning.steps.length} of ${spinning.hosts}`;
      return;
    }
    const lines = linesOf(event, paint, nextCommand);
    const ends = event.type === 'task.finished' || lines.length > 0;
    if (ends) await stop();
    for (const text of lines) out.write(`${text}\n`);
  };
  const stop = async (): Promise<void> => {
    if (spinning === null) return;
    const { settle, over, steps } = spinning;
    spinning = null;
    settle();
    await over;
    for (const folded of fold(steps)) {
      out.write(`  ${folded.hosts.join(' ')}  ${folded.text}\n`);
      for (const detail of folded.details) out.write(paint.dim(`      ${detail}\n`));
    }
    for (const { failure } of steps) {
      if (failure !== null)
        out.write(paint.red(`    ${failureText(failure).replaceAll('\n', '\n    ')}\n`));
    }
  };
  return {
    emit: (event) => inOrder(() => handle(event)),
    finish: async () => {
      inOrder(stop);
      await last;
    },
  };
}

function spin(title: string): Spinning {
  let settle = (): void => {};
  let give: (wrapper: Wrapper) => void = () => {};
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const wrapper = new Promise<Wrapper>((resolve) => {
    give = resolve;
  });
  const list = new Listr(
    [
      {
        title,
        task: async (_, task) => {
          give(task as unknown as Wrapper);
          await done;
        },
      },
    ],
    { concurrent: false, registerSignalListeners: false },
  );
  const over = list.run().then(
    () => undefined,
    () => undefined,
  );
  return { settle, wrapper, over, title, steps: [], hosts: 0 };
}
