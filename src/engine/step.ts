import type { Change } from '../core/change.js';
import type { Failure } from '../core/failure.js';
import type { Json } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { BoundStep, Play, Task } from '../core/plan.js';
import { type Receipt, succeeded } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { startBundle } from './bundle.js';
import { changeId } from './change-id.js';
import { type Context, placesOf, record, scopeOf } from './context.js';
import { noteDowntimeStart } from './downtime.js';
import { changeFailed, notSo, outcomeUnknown } from './failures.js';
import { ended, failedWith, isBad, onHost, type StepEnd } from './step-end.js';

/**
 * One task on one host: bind, probe, plan, announce, change, verify, record.
 * Nothing is sent before its announcement is durable, and nothing is called done before it is verified.
 */
export async function runStep(
  context: Context,
  play: Play,
  task: Task,
  host: HostName,
): Promise<StepEnd> {
  const bound = task.bind(scopeOf(context, host));
  if (!bound.ok) return finish(context, play, task, host, null, [], failedWith(bound.error));
  if (bound.value.kind === 'skip') {
    const skipped = ended('skipped', { why: bound.value.why });
    return finish(context, play, task, host, null, [], skipped);
  }
  const { step } = bound.value;
  const places = placesOf(context, host, context.request.stop);
  const before = await step.probe(places);
  if (!before.ok) return finish(context, play, task, host, null, [], failedWith(before.error));
  const planned = step.plan(before.value);
  if (!planned.ok) {
    return finish(context, play, task, host, before.value, [], failedWith(planned.error));
  }
  if (planned.value.length === 0) {
    const result = await step.verify(before.value, [], places);
    const end = result.ok ? ended('ok', { result: result.value }) : failedWith(result.error);
    return finish(context, play, task, host, before.value, [], end);
  }
  return changeAndVerify(context, play, task, host, step, before.value, planned.value);
}

async function changeAndVerify(
  context: Context,
  play: Play,
  task: Task,
  host: HostName,
  step: BoundStep,
  before: Json,
  changes: readonly Change[],
): Promise<StepEnd> {
  const shown = changes.map(context.request.describe);
  const announced = announce(context, task, host, changes);
  const intent = await record(context, {
    type: 'step.intent',
    task: task.id,
    host,
    attempt: 1,
    before,
    changes: announced,
  });
  if (!intent.ok) return failedWith(intent.error);
  if (task.downtime === 'starts') await noteDowntimeStart(context);
  const receipts = await startBundle(context, task, host, announced);
  if (!receipts.ok) {
    return finish(context, play, task, host, before, [], failedWith(receipts.error, shown));
  }
  const failure = firstFailure(host, announced, receipts.value, context);
  if (failure !== null) {
    return finish(context, play, task, host, before, receipts.value, failedWith(failure, shown));
  }
  const places = placesOf(context, host, context.request.abandon);
  const result = await step.verify(before, receipts.value, places);
  const end = result.ok
    ? ended('changed', { result: result.value, changes: shown })
    : failedWith(result.error, shown);
  return finish(context, play, task, host, before, receipts.value, end);
}

function announce(
  context: Context,
  task: Task,
  host: HostName,
  changes: readonly Change[],
): readonly Announced[] {
  const { run } = context.request;
  return changes.map((change, index) => ({
    id: changeId({ run, direction: 'do', task: task.id, host, index, attempt: 1 }),
    change,
  }));
}

function firstFailure(
  host: HostName,
  announced: readonly Announced[],
  receipts: readonly Receipt[],
  context: Context,
): Failure | null {
  const index = receipts.findIndex((receipt) => !succeeded(receipt));
  const receipt = receipts[index];
  const item = announced[index];
  if (receipt === undefined || item === undefined) return null;
  const change = context.request.describe(item.change);
  if (receipt.state === 'interrupted') return outcomeUnknown(host, change, receipt.detail);
  if (receipt.state === 'running') return outcomeUnknown(host, change, 'it is still running');
  return changeFailed(host, change, receipt);
}

/** The result is durable before anything that depends on it can start. */
async function finish(
  context: Context,
  play: Play,
  task: Task,
  host: HostName,
  before: Json,
  receipts: readonly Receipt[],
  stepEnd: StepEnd,
): Promise<StepEnd> {
  const end = onHost(stepEnd, host);
  const written = await record(context, {
    type: 'step.finished',
    task: task.id,
    host,
    outcome: end.outcome,
    before,
    result: end.result,
    receipts,
    failure: end.failure,
  });
  const settled = written.ok || isBad(end) ? end : failedWith(written.error, end.changes);
  context.results.put(play, task, host, settled.outcome, settled.result);
  return settled;
}

/** What a step shows that must already be so: evidence is gathered by asking the giver again. */
export async function proveUnchanged(
  context: Context,
  task: Task,
  host: HostName,
): Promise<Result<void, Failure>> {
  const bound = task.bind(scopeOf(context, host));
  if (!bound.ok) return bound;
  if (bound.value.kind === 'skip') return err(notSo(host, task.name));
  const { step } = bound.value;
  const places = placesOf(context, host, context.request.abandon);
  const before = await step.probe(places);
  if (!before.ok) return before;
  const changes = step.plan(before.value);
  if (!changes.ok) return changes;
  const [first] = changes.value;
  if (first !== undefined) {
    return err(notSo(host, context.request.describe(first)));
  }
  const verified = await step.verify(before.value, [], places);
  return verified.ok ? ok(undefined) : verified;
}
