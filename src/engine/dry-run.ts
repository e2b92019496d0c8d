import type { Ask } from '../core/ask.js';
import { alteredBy, alteredOnController, type Change } from '../core/change.js';
import type { Emit } from '../core/event.js';
import { type Failure, refused } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import type { World } from '../core/ports.js';
import { seenBy } from '../core/question.js';
import type { Resource } from '../core/resource.js';
import { err } from '../core/result.js';
import { announceRun } from './announce.js';
import { connectAll } from './connect.js';
import { type Context, placesOf, type RunRequest, scopeOf } from './context.js';
import { stoppedBySignal } from './failures.js';
import { finishRun, type RunEnd } from './finish.js';
import { emptyHistory } from './history.js';
import { Pending } from './pending.js';
import { Results } from './results.js';
import { ended, failedWith, isBad, onHost, type StepEnd } from './step-end.js';
import { Tally } from './tally.js';
import { announceTask, reportStep } from './task.js';

/**
 * The same tasks over hosts that are really asked and never changed. A step that looks at what an
 * earlier, pending step alters cannot be foretold: it is deferred, and says until when.
 */
export async function dryRun(request: RunRequest, world: World, emit: Emit): Promise<RunEnd> {
  const context: Context = {
    request,
    mode: 'dry-run',
    world: { ...world, journal: { append: async () => ({ ok: true, value: undefined }) } },
    emit,
    sessions: new Map(),
    history: emptyHistory(),
    results: new Results(),
    tally: new Tally(),
  };
  const startedMs = world.clock.nowMs();
  announceRun(context);
  const failure = await foretell(context);
  const changing = context.tally.of('would_change') + context.tally.of('deferred') > 0;
  const outcome = failure === null ? (changing ? 'would-change' : 'done') : 'refused';
  const signalled = failure?.kind === 'interrupted';
  return finishRun(context, signalled ? 'interrupted' : outcome, failure, startedMs);
}

async function foretell(context: Context): Promise<Failure | null> {
  const [unreachable] = await connectAll(context);
  if (unreachable !== undefined) return unreachable;
  const pending = new Pending();
  for (const play of context.request.plan.plays) {
    context.emit({ type: 'play.started', play: play.id, name: play.name });
    for (const task of play.children) {
      if (context.request.stop.aborted) return stoppedBySignal(task.id);
      const failure = await foretellTask(context, play, task, pending);
      if (failure !== null) return failure;
    }
  }
  return null;
}

async function foretellTask(
  context: Context,
  play: Play,
  task: Task,
  pending: Pending,
): Promise<Failure | null> {
  const startedMs = context.world.clock.nowMs();
  announceTask(context, task);
  const ends = await Promise.all(
    task.hosts.map(async (host) => {
      const hostStartedMs = context.world.clock.nowMs();
      const { end: stepEnd, changes } = await foretellStep(context, task, host, pending);
      const end = onHost(stepEnd, host);
      const mayAlter = end.outcome === 'deferred' ? alterations(context, task, host) : [];
      context.results.put(play, task, host, resultOutcome(end), end.result);
      reportStep(context, task, host, end, hostStartedMs);
      return { host, end, changes, mayAlter };
    }),
  );
  // Only behind the barrier: the hosts of one task do not wait for each other.
  for (const { host, end, changes, mayAlter } of ends) {
    pending.note(task, end.outcome);
    pending.add(task, host, [...mayAlter, ...changes.flatMap(alteredBy)]);
    pending.add(task, CONTROLLER, changes.flatMap(alteredOnController));
  }
  const durationMs = context.world.clock.nowMs() - startedMs;
  context.emit({ type: 'task.finished', task: task.id, durationMs });
  return ends.find(({ end }) => isBad(end))?.end.failure ?? null;
}

async function foretellStep(
  context: Context,
  task: Task,
  host: HostName,
  pending: Pending,
): Promise<Foretold> {
  const awaited = pending.awaitedBy(task);
  if (awaited !== null) return unchanged(deferredUntil(awaited));
  const bound = task.bind(scopeOf(context, host));
  if (!bound.ok) return unchanged(failedWith(bound.error));
  if (bound.value.kind === 'skip') return unchanged(ended('skipped', { why: bound.value.why }));
  const { step } = bound.value;
  const places = placesOf(context, host, context.request.stop);
  const seen: { pending: Task | null } = { pending: null };
  const watched = {
    host: watch(places.host, host, pending, seen),
    controller: watch(places.controller, CONTROLLER, pending, seen),
  };
  const before = await step.probe(watched);
  if (seen.pending !== null) return unchanged(deferredUntil(seen.pending));
  if (!before.ok) return unchanged(failedWith(before.error));
  const planned = step.plan(before.value);
  if (!planned.ok) return unchanged(failedWith(planned.error));
  if (planned.value.length > 0) {
    const shown = planned.value.map(context.request.describe);
    return { end: ended('would_change', { changes: shown }), changes: planned.value };
  }
  const result = await step.verify(before.value, [], watched);
  if (seen.pending !== null) return unchanged(deferredUntil(seen.pending));
  const end = result.ok ? ended('no_change', { result: result.value }) : failedWith(result.error);
  return unchanged(end);
}

/** What a step that cannot be foretold might alter: everything, where not even its arguments are known. */
function alterations(context: Context, task: Task, host: HostName): readonly Resource[] {
  if (task.readOnly) return [];
  const bound = task.bind(scopeOf(context, host));
  if (!bound.ok) return [{ kind: 'everything' }];
  return bound.value.kind === 'skip' ? [] : bound.value.step.mayAlter();
}

interface Foretold {
  readonly end: StepEnd;
  readonly changes: readonly Change[];
}

function unchanged(end: StepEnd): Foretold {
  return { end, changes: [] };
}

/** Lets a question through only when nothing that it looks at is about to be altered. */
function watch(ask: Ask, host: HostName, pending: Pending, seen: { pending: Task | null }): Ask {
  return async (questions) => {
    const resources = Object.values(questions).flatMap(seenBy);
    const cause = pending.alters(host, resources);
    if (cause === null) return ask(questions);
    seen.pending = cause;
    return err(refused('deferred', `task ${cause.id} has not happened yet`, 'run the playbook'));
  };
}

function deferredUntil(task: Task): StepEnd {
  return ended('deferred', { why: `task ${task.id}, ${task.name}` });
}

function resultOutcome(end: StepEnd): 'ok' | 'skipped' | 'failed' {
  if (end.outcome === 'no_change') return 'ok';
  return end.outcome === 'skipped' ? 'skipped' : 'failed';
}
