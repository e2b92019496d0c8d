import { type Failure, failure } from './failure.js';
import type { ChangeId, HostName, RunId } from './names.js';

/**
 * What a host knows of one run by itself, whatever a run directory says: with it an older copy of that
 * directory is told from the run's own.
 */
export interface RunOnHost {
  /** The highest epoch under which the run has ended here; 0: it has not. */
  readonly ended: number;
  /** Every id that has ever started here, unless `clean` has taken the run's records away. */
  readonly started: readonly ChangeId[];
}

/**
 * What was announced is in the journal before a host hears of it, and so is the epoch of an end: a host
 * that knows more than the journal has met a later one. Null: it does not.
 */
export function olderThanHost(
  host: HostName,
  run: RunId,
  { ended, started }: RunOnHost,
  known: { readonly epoch: number; readonly announced: ReadonlySet<ChangeId> },
): Failure | null {
  if (ended > known.epoch) return olderCopy(host, run, 'it has ended there');
  const more = started.filter((id) => !known.announced.has(id)).length;
  if (more === 0) return null;
  return olderCopy(host, run, `${more} of the changes that it began there are not in the journal`);
}

export function olderCopy(host: HostName, run: RunId, why: string): Failure {
  const message = `run ${run} has gone further on ${host} than this directory knows: ${why}`;
  const next =
    'go on from the directory in which the run was worked on last; this one is a copy from before';
  return failure('refused', 'older-copy', message, next, { host });
}

export function isOlderCopy({ code }: Failure): boolean {
  return code === 'older-copy';
}
