import type { ChangeId } from '../core/names.js';
import type { OutputAt, OutputPiece } from '../core/ports.js';
import type { Announced } from '../core/record.js';
import type { Context } from './context.js';
import { fenceOf } from './fence.js';
import { Lines } from './lines.js';
import { machineOf, type StepAt } from './step-at.js';

/** Between two tries to watch over a connection that was lost. */
const againMs = 250;
/** What a program printed last may come a moment behind its receipt. */
const lastWordsMs = 2_000;

/** Ends the watching, when what is on its way has been told. */
export type EndWatching = () => Promise<void>;

/**
 * Tells, line by line, what the programs among these changes print while they run. Watching only looks: it
 * never decides anything, and where a connection breaks it goes on where it was over the next one.
 */
export function watchOutput(
  context: Context,
  at: StepAt,
  items: readonly Announced[],
): EndWatching {
  const programs = items.filter(({ change }) => change.kind === 'run');
  const isWanted = context.request.isVerbose && !at.task.noLog && programs.length > 0;
  if (!isWanted) return async () => {};
  const over = new AbortController();
  const watching = watchAll(context, at, programs, over.signal);
  return async () => {
    const { clock } = context.world;
    await Promise.race([watching, clock.sleep(lastWordsMs, over.signal)]);
    over.abort();
    await watching;
  };
}

async function watchAll(
  context: Context,
  at: StepAt,
  programs: readonly Announced[],
  over: AbortSignal,
): Promise<void> {
  const { host, task, item } = at;
  for (const { id } of programs) {
    const streams = { stdout: new Lines(), stderr: new Lines() };
    const tell = (stream: OutputPiece['stream'], lines: ReturnType<Lines['take']>): void => {
      for (const line of lines) {
        const place = { task: task.id, host, item: item ?? null, stream };
        context.emit({ type: 'step.output', ...place, ...line });
      }
    };
    await watchOne(context, at, id, over, (piece) =>
      tell(piece.stream, streams[piece.stream].take(piece)),
    );
    for (const stream of ['stdout', 'stderr'] as const) tell(stream, streams[stream].rest());
  }
}

/** Until it has ended, over as many connections as that takes. */
async function watchOne(
  context: Context,
  at: StepAt,
  id: ChangeId,
  over: AbortSignal,
  onOutput: (piece: OutputPiece) => void,
): Promise<void> {
  const machine = machineOf(at);
  const cluster = fenceOf(context, machine)?.cluster ?? null;
  const signal = AbortSignal.any([over, context.request.abandon]);
  let from: OutputAt = { stdout: 0, stderr: 0 };
  const take = (piece: OutputPiece): void => {
    from = { ...from, [piece.stream]: piece.at };
    onOutput(piece);
  };
  while (!signal.aborted) {
    const session = context.sessions.get(machine);
    const ended = await session?.follow(context.request.run, cluster, id, from, take, signal);
    if (ended?.ok === true) return;
    await context.world.clock.sleep(againMs, signal);
  }
}
