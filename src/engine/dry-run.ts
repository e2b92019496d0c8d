import { alteredBy, alteredOnController } from '../core/change.js';
import type { Emit } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { canonical, type Json, type JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName, type TaskId } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import type { Play, Task } from '../core/plan.js';
import type { World } from '../core/ports.js';
import { announceRun, announceTask, reportStep, reportTaskEnd } from './announce.js';
import { connectAll } from './connect.js';
import { type Context, newContext, type RunRequest } from './context.js';
import { stoppedBySignal } from './failures.js';
import { finishRun, type RunEnd } from './finish.js';
import { alterations, deferredUntil, type Foretold, foretellStep, unchanged } from './foretell.js';
import { emptyHistory } from './history.js';
import { nothingToLoopOver } from './judge.js';
import { Pending } from './pending.js';
import { recordOf } from './results.js';
import { machineOf, type StepAt, scopeOf, stepsOf } from './step-at.js';
import { failedWith, isBad, onHost, type StepEnd } from './step-end.js';

/** What a dry run saw of one step: what a saved plan rests on. */
export interface Fact {
  readonly task: TaskId;
  readonly host: HostName;
  readonly index: number;
  readonly outcome: StepOutcome;
  readonly changes: readonly string[];
  readonly args: JsonObject | null;
  readonly material: Json;
}

export interface Foretelling extends RunEnd {
  readonly facts: readonly Fact[];
}

/**
 * The same tasks over hosts that are really asked and never changed. A step that looks at what an
 * earlier, pending step alters cannot be foretold: it is deferred, and says until when.
 */
export async function dryRun(request: RunRequest, world: World, emit: Emit): Promise<Foretelling> {
  const nowhere = { append: async () => ({ ok: true, value: undefined }) as const };
  const unrecorded = { ...world, journal: nowhere };
  const context = newContext('dry-run', request, unrecorded, emit, emptyHistory());
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const facts: Fact[] = [];
  const failure = await foretell(context, facts);
  const isChanging = context.tally.of('would_change') + context.tally.of('deferred') > 0;
  const outcome = failure === null ? (isChanging ? 'would-change' : 'done') : 'refused';
  const isStopped = failure?.kind === 'interrupted' || request.stop.aborted;
  const end = await finishRun(context, isStopped ? 'interrupted' : outcome, failure, startedMs);
  return { ...end, facts };
}

async function foretell(context: Context, facts: Fact[]): Promise<Failure | null> {
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return unreachable;
  const pending = new Pending();
  for (const play of context.request.plan.plays) {
    for (const task of play.batches.flatMap((batch) => batch.children)) {
      if (context.request.stop.aborted) return stoppedBySignal(task.id);
      const failure = await foretellTask(context, play, task, pending, facts);
      if (failure !== null) return failure;
    }
  }
  const [left] = context.dropped.values();
  return left ?? null;
}

async function foretellTask(
  context: Context,
  play: Play,
  task: Task,
  pending: Pending,
  facts: Fact[],
): Promise<Failure | null> {
  const hosts = task.hosts.filter((host) => !context.dropped.has(host));
  if (hosts.length === 0) return null;
  const startedMs = context.world.clock.nowMs();
  announceTask(context, play, task, hosts);
  const perHost = await Promise.all(
    hosts.map((host) => foretellHost(context, play, task, host, pending)),
  );
  // Only behind the barrier: the hosts of one task do not wait for each other.
  for (const { at, foretold, mayAlter } of perHost.flat()) {
    const { end, changes } = foretold;
    pending.note(task, end.outcome);
    pending.add(task, machineOf(at), [...mayAlter, ...changes.flatMap(alteredBy)]);
    pending.add(task, CONTROLLER, changes.flatMap(alteredOnController));
    facts.push(factOf(at, foretold));
  }
  reportTaskEnd(context, task, startedMs);
  return perHost.flat().find(({ foretold }) => isBad(foretold.end))?.foretold.end.failure ?? null;
}

/** Of a `no_log` task only a digest is kept. */
function factOf({ task, host, index }: StepAt, { end, args, material }: Foretold): Fact {
  const { outcome, changes } = end;
  const place = { task: task.id, host, index, outcome };
  if (!task.noLog) return { ...place, changes, args, material };
  const seal = sha256(canonical([changes, args, material]));
  return { ...place, changes: [], args: null, material: seal };
}

interface Seen {
  readonly at: StepAt;
  readonly foretold: Foretold;
  readonly mayAlter: ReturnType<typeof alterations>;
}

/** The items of a loop are looked at one after the other, as they will be done. */
async function foretellHost(
  context: Context,
  play: Play,
  task: Task,
  host: HostName,
  pending: Pending,
): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const given: Json[] = [];
  const note = (at: StepAt, foretold: Foretold, startedMs: number): StepEnd => {
    const end = onHost(foretold.end, host);
    const mayAlter = end.outcome === 'deferred' ? alterations(context, at) : [];
    seen.push({ at, foretold: { ...foretold, end }, mayAlter });
    given.push(recordOf(resultOutcome(end), end.result));
    context.results.put(task, host, task.isLoop ? [...given] : (given[0] as Json));
    reportStep(context, at, end, startedMs);
    return end;
  };
  const alone: StepAt = { play, task, host, index: 0, item: undefined };
  const nowMs = () => context.world.clock.nowMs();
  const awaited = pending.awaitedBy(task);
  if (awaited !== null) {
    note(alone, unchanged(deferredUntil(awaited)), nowMs());
    return seen;
  }
  const items = task.items(scopeOf(context, host));
  if (!items.ok) {
    note(alone, unchanged(failedWith(items.error)), nowMs());
    return seen;
  }
  if (items.value?.length === 0) {
    context.results.put(task, host, []);
    reportStep(context, alone, nothingToLoopOver(), nowMs());
    return seen;
  }
  for (const at of stepsOf(play, task, host, items.value)) {
    const startedMs = nowMs();
    const end = note(at, await foretellStep(context, at, pending), startedMs);
    if (isBad(end)) break;
  }
  return seen;
}

function resultOutcome(end: StepEnd): 'ok' | 'skipped' | 'failed' {
  if (end.outcome === 'no_change') return 'ok';
  return end.outcome === 'skipped' ? 'skipped' : 'failed';
}
