import type { Session } from '../core/ports.js';
import type { Announced } from '../core/record.js';
import type { Context } from './context.js';

/** To end a change takes a host some 15 seconds at most. */
const endingMsMax = 20_000;

/**
 * What the second signal does to changes in flight: the signal by which they are let go. They go on on their
 * host then, and whoever takes the run up asks it. Where ending them does no harm they are ended first, and
 * what became of them is heard; nothing else is ever killed, since nobody could say what it leaves.
 */
export function letGoOf(
  { request, world }: Context,
  session: Session,
  cluster: string | null,
  items: readonly Announced[],
): AbortSignal {
  const { run, abandon } = request;
  if (abandon.aborted || !items.every(mayBeEnded)) return abandon;
  const gone = new AbortController();
  const ids = items.map(({ id }) => id);
  const end = async (): Promise<void> => {
    const ended = await session.cancel(run, cluster, ids, gone.signal);
    // Its receipts come by the call that waits for them; without them there is nothing to wait for.
    if (!ended.ok) gone.abort();
  };
  abandon.addEventListener(
    'abort',
    () => {
      void end();
      void world.clock.sleep(endingMsMax, gone.signal).then(() => gone.abort());
    },
    { once: true },
  );
  return gone.signal;
}

/** A wait, a program that may run twice, and what beside them is over at once and does nothing twice. */
function mayBeEnded({ change }: Announced): boolean {
  if (change.kind === 'run') return change.repeatable;
  return change.kind === 'wait' || change.kind === 'make-directory';
}
