import type { Ask } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { refused } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { BoundStep, Task } from '../core/plan.js';
import type { Resource } from '../core/resource.js';
import { err } from '../core/result.js';
import { seenBy } from '../core/seen-by.js';
import { type Context, placesOf } from './context.js';
import { judge } from './judge.js';
import type { Pending } from './pending.js';
import { machineOf, type StepAt, scopeAt } from './step-at.js';
import { ended, failedWith, type StepEnd } from './step-end.js';

/** What one step would do. */
export interface Foretold {
  readonly end: StepEnd;
  readonly changes: readonly Change[];
  /** Its arguments; null where they cannot be known yet. */
  readonly args: JsonObject | null;
  /** What it rests on, as its module says what matters; null when it could not be looked at. */
  readonly material: Json;
}

/** Probes and plans a step; one that looks at what a pending step alters is deferred until that one. */
export async function foretellStep(
  context: Context,
  at: StepAt,
  pending: Pending,
): Promise<Foretold> {
  const awaited = pending.awaitedBy(at.task);
  if (awaited !== null) return unchanged(deferredUntil(awaited));
  const bound = at.task.bind(scopeAt(context, at));
  if (!bound.ok) return unchanged(failedWith(bound.error));
  if (bound.value.kind === 'skip') return unchanged(ended('skipped', { why: bound.value.why }));
  const { step } = bound.value;
  if (context.request.plan.lateHosts.includes(machineOf(at))) {
    const why = 'its turn comes: it is not asked before';
    return { ...unchanged(ended('deferred', { why })), args: step.shownArgs };
  }
  return { ...(await foretellBound(context, at, step, pending)), args: step.shownArgs };
}

async function foretellBound(
  context: Context,
  at: StepAt,
  step: BoundStep,
  pending: Pending,
): Promise<Omit<Foretold, 'args'>> {
  const machine = machineOf(at);
  const places = placesOf(context, machine, context.request.stop);
  const seen: { pending: Task | null } = { pending: null };
  const watched = {
    ...places,
    host: watch(places.host, machine, pending, seen),
    controller: watch(places.controller, CONTROLLER, pending, seen),
  };
  const before = await step.probe(watched);
  if (seen.pending !== null) return unchanged(deferredUntil(seen.pending));
  if (!before.ok) return unchanged(orIgnored(at, failedWith(before.error)));
  const material = step.material(before.value);
  const planned = step.plan(before.value);
  if (!planned.ok) return unchanged(orIgnored(at, failedWith(planned.error)), material);
  if (planned.value.length > 0) {
    const shown = planned.value.map(context.request.describe);
    return { end: ended('would_change', { changes: shown }), changes: planned.value, material };
  }
  const result = await step.verify(before.value, [], watched);
  if (seen.pending !== null) return unchanged(deferredUntil(seen.pending));
  if (!result.ok) return unchanged(orIgnored(at, failedWith(result.error)), material);
  const { end, isEnough } = judge(context, at, ended('ok', { result: result.value }));
  const isWaiting = !isEnough && end.failure === null;
  const why = 'its `until` holds';
  const told = isWaiting ? ended('deferred', { why }) : asForetold(orIgnored(at, end));
  return unchanged(told, material);
}

/** What a step that cannot be foretold might alter: everything, where not even its arguments are known. */
export function alterations(context: Context, at: StepAt): readonly Resource[] {
  if (at.task.readOnly) return [];
  const bound = at.task.bind(scopeAt(context, at));
  if (!bound.ok) return [{ kind: 'everything' }];
  return bound.value.kind === 'skip' ? [] : bound.value.step.mayAlter();
}

export function deferredUntil(task: Task): StepEnd {
  return ended('deferred', { why: `task ${task.id}, ${task.name}` });
}

export function unchanged(end: StepEnd, material: Json = null): Foretold {
  return { end, changes: [], args: null, material };
}

function orIgnored(at: StepAt, end: StepEnd): StepEnd {
  return at.task.ignoreErrors && end.outcome === 'failed' ? { ...end, outcome: 'ignored' } : end;
}

function asForetold(end: StepEnd): StepEnd {
  const isGood = end.outcome === 'ok' || end.outcome === 'changed';
  return isGood ? { ...end, outcome: 'no_change' } : end;
}

/** Lets a question through only when nothing that it looks at is about to be altered. */
function watch(ask: Ask, machine: HostName, pending: Pending, seen: { pending: Task | null }): Ask {
  return async (questions) => {
    const resources = Object.values(questions).flatMap(seenBy);
    const cause = pending.alters(machine, resources);
    if (cause === null) return ask(questions);
    seen.pending = cause;
    return err(refused('deferred', `task ${cause.id} has not happened yet`, 'run the playbook'));
  };
}
