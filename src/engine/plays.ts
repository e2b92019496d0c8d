import type { Failure } from '../core/failure.js';
import type { Batch, Play } from '../core/plan.js';
import type { Context } from './context.js';
import { stoppedBySignal, tooManyFailed } from './failures.js';
import { leaveLate } from './late.js';
import { runTask, type TaskFailure } from './task.js';

/** What stopped a run, and in which play: it says where a failure leads. */
export interface Stopped {
  readonly play: Play;
  readonly failure: Failure;
}

/**
 * Every play, batch and task in order. What an earlier process has seen to its end is passed in silence,
 * so that a run and a resumed run are one and the same thing.
 */
export async function runPlays(context: Context): Promise<Stopped | null> {
  for (const play of context.request.plan.plays) {
    for (const [index, batch] of play.batches.entries()) {
      const failure =
        play.strategy === 'free'
          ? await runFreely(context, play, batch)
          : await runInStep(context, play, batch);
      if (failure !== null) return { play, failure };
      await leaveLate(context, play, index);
    }
  }
  return null;
}

/** Linear: no host starts the next task until all have finished this one. */
async function runInStep(context: Context, play: Play, batch: Batch): Promise<Failure | null> {
  for (const task of batch.children) {
    if (context.request.stop.aborted) return stoppedBySignal(task.id);
    const failure = weigh(context, play, batch, await runTask(context, play, task));
    if (failure !== null) return failure;
  }
  return null;
}

/** Free: each host goes through the tasks by itself. Behind a failure nobody starts another task. */
async function runFreely(context: Context, play: Play, batch: Batch): Promise<Failure | null> {
  let stopped: Failure | null = null;
  const goThrough = async (host: Batch['hosts'][number]): Promise<void> => {
    for (const task of batch.children) {
      if (stopped !== null || context.dropped.has(host)) return;
      if (context.request.stop.aborted) stopped = stoppedBySignal(task.id);
      else {
        const bad = await runTask(context, play, task, [host]);
        stopped = worse(stopped, weigh(context, play, batch, bad));
      }
    }
  };
  await Promise.all(batch.hosts.map(goThrough));
  return stopped;
}

/** Failures that are never one host's own affair. */
const ALWAYS_FATAL: readonly Failure['kind'][] = [
  'unknown-outcome',
  'interrupted',
  'fenced',
  'disk',
  'evidence-missing',
  'defect',
];

/** A host that cannot record what is done there has its own full disk, not ours. */
function isEverybodys({ kind, code }: Failure): boolean {
  return ALWAYS_FATAL.includes(kind) && code !== 'host-disk';
}

/** One failing host stops all hosts, unless the play says that it may leave alone. */
function weigh(
  context: Context,
  play: Play,
  batch: Batch,
  failures: readonly TaskFailure[],
): Failure | null {
  const worst = failures.map(({ failure }) => failure).reduce<Failure | null>(worse, null);
  if (worst === null) return null;
  const isFatal = failures.some(({ host, failure }) => host === null || isEverybodys(failure));
  if (isFatal || play.anyErrorsFatal) return worst;
  for (const { host, failure } of failures) if (host !== null) context.dropped.set(host, failure);
  const lost = batch.hosts.filter((host) => context.dropped.has(host)).length;
  const { maxFailPercentage } = play;
  if (maxFailPercentage !== null && (lost * 100) / batch.hosts.length > maxFailPercentage) {
    return tooManyFailed(lost, batch.hosts.length, maxFailPercentage);
  }
  return lost === batch.hosts.length ? worst : null;
}

/** An unknown outcome outranks all others: it decides whether anything may be taken back. */
function worse(a: Failure | null, b: Failure | null): Failure | null {
  if (a === null || b === null) return a ?? b;
  return b.kind === 'unknown-outcome' && a.kind !== 'unknown-outcome' ? b : a;
}
