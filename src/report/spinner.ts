import { Listr, type ListrTaskWrapper } from 'listr2';
import { Progress } from './progress-rows.js';

type Wrapper = ListrTaskWrapper<unknown, never, never>;

/** The task that spins now: one row with the hosts' states below it, then a tick or a cross. */
export interface Spinner {
  readonly progress: Progress;
  update(): void;
  /** Resolves when the row is drawn for the last time and the cursor is back. */
  stop(): Promise<void>;
}

const SHOW_CURSOR = '\u001b[?25h';

export function spin(title: string, hosts: number): Spinner {
  const progress = new Progress(hosts);
  let wrapper: Wrapper | null = null;
  let settle = (): void => {};
  const done = new Promise<void>((resolve, reject) => {
    settle = () => {
      const isGood = !progress.hasFailed && !progress.isUnfinished;
      return isGood ? resolve() : reject(new Error(title));
    };
  });
  // The list hears of it too; this only keeps a rejection from being called unhandled before it listens.
  done.catch(() => undefined);
  const update = (): void => {
    if (wrapper === null) return;
    wrapper.title = `${title}  ${progress.count}`;
    wrapper.output = progress.rows().join('\n');
  };
  const task = async (_: unknown, one: unknown): Promise<void> => {
    wrapper = one as Wrapper;
    update();
    await done;
  };
  const list = new Listr([{ title, task, rendererOptions: { outputBar: 12 } }], {
    registerSignalListeners: false,
    exitOnError: false,
    rendererOptions: { showErrorMessage: false, collapseErrors: false },
  });
  // Whatever ends the process while the row spins, the terminal gets its cursor back. The list takes
  // the stream's `write` over when it begins, so this is the one from before.
  const write = process.stdout.write.bind(process.stdout);
  const restore = (): void => {
    if (process.stdout.isTTY) write(SHOW_CURSOR);
  };
  process.once('exit', restore);
  const over = list.run().then(
    () => undefined,
    () => undefined,
  );
  const stop = async (): Promise<void> => {
    settle();
    await over;
    process.off('exit', restore);
  };
  return { progress, update, stop };
}
