import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { Play, Task } from '../core/plan.js';
import { err, ok, type Result } from '../core/result.js';
import { type Context, placesOf } from './context.js';
import { notSo } from './failures.js';
import { machineOf, type StepAt, scopeAt, scopeOf, stepsOf } from './step-at.js';

/** What a host's steps of a task show that must already be so: evidence is the giver, asked again. */
export async function proveUnchanged(
  context: Context,
  play: Play,
  task: Task,
  host: HostName,
): Promise<Result<void, Failure>> {
  const items = task.items(scopeOf(context, host));
  if (!items.ok) return items;
  for (const at of stepsOf(play, task, host, items.value)) {
    const proved = await proveOne(context, at);
    if (!proved.ok) return proved;
  }
  return ok(undefined);
}

async function proveOne(context: Context, at: StepAt): Promise<Result<void, Failure>> {
  const bound = at.task.bind(scopeAt(context, at));
  if (!bound.ok) return bound;
  if (bound.value.kind === 'skip') return err(notSo(at.host, at.task.name));
  const { step } = bound.value;
  const places = placesOf(context, machineOf(at), context.request.abandon);
  const before = await step.probe(places);
  if (!before.ok) return before;
  const changes = step.plan(before.value);
  if (!changes.ok) return changes;
  const [first] = changes.value;
  if (first !== undefined) return err(notSo(at.host, context.request.describe(first)));
  const verified = await step.verify(before.value, [], places);
  return verified.ok ? ok(undefined) : verified;
}
