import type { Change } from '../core/change.js';
import type { Failure } from '../core/failure.js';
import type { Json } from '../core/json.js';
import type { BoundStep } from '../core/plan.js';
import { type Receipt, succeeded } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { startBundle } from './bundle.js';
import { changeId } from './change-id.js';
import { type Context, placesOf, record } from './context.js';
import { noteDowntimeStart } from './downtime.js';
import { changeFailed, endedAtOnce, notBegun, outcomeUnknown } from './failures.js';
import { machineOf, type StepAt, scopeAt, stepKey } from './step-at.js';
import { ended, failedWith, type StepEnd } from './step-end.js';

/** How one attempt at a step went: its end, and what the journal keeps of it. */
export interface Tried {
  readonly end: StepEnd;
  readonly before: Json;
  readonly receipts: readonly Receipt[];
}

/**
 * One time through a step's life: bind, probe, plan, announce, change, verify. Nothing is sent before
 * its announcement is durable, and nothing is called done before it is verified.
 */
export async function attemptStep(context: Context, at: StepAt, attempt: number): Promise<Tried> {
  const bound = at.task.bind(scopeAt(context, at));
  if (!bound.ok) return tried(failedWith(bound.error));
  if (bound.value.kind === 'skip') return tried(ended('skipped', { why: bound.value.why }));
  return probeAndChange(context, at, bound.value.step, attempt);
}

export async function probeAndChange(
  context: Context,
  at: StepAt,
  step: BoundStep,
  attempt: number,
): Promise<Tried> {
  const places = placesOf(context, machineOf(at), context.request.stop);
  const before = await step.probe(places);
  if (!before.ok) return tried(failedWith(before.error));
  const planned = step.plan(before.value);
  if (!planned.ok) return tried(failedWith(planned.error), before.value);
  if (planned.value.length === 0) {
    const result = await step.verify(before.value, [], places);
    const end = result.ok ? ended('ok', { result: result.value }) : failedWith(result.error);
    return tried(end, before.value);
  }
  return change(context, at, step, before.value, planned.value, attempt);
}

async function change(
  context: Context,
  at: StepAt,
  step: BoundStep,
  before: Json,
  changes: readonly Change[],
  attempt: number,
): Promise<Tried> {
  const announced = announce(context, at, changes, attempt);
  const intent = { ...stepKey(at), attempt, before, changes: announced };
  const noted = await record(context, { type: 'step.intent', ...intent });
  if (!noted.ok) return tried(failedWith(noted.error), before);
  if (at.task.downtime === 'starts') await noteDowntimeStart(context);
  const carried = await startBundle(context, at, announced);
  if (!carried.ok) {
    const shown = changes.map(context.request.describe);
    return tried(failedWith(carried.error, shown), before);
  }
  const { receipts, cause } = carried.value;
  return proveChanged(context, at, step, before, announced, receipts, cause);
}

/** Behind changes whose receipts are known: did all happen, and does the host show it? */
export async function proveChanged(
  context: Context,
  at: StepAt,
  step: BoundStep,
  before: Json,
  announced: readonly Announced[],
  receipts: readonly Receipt[],
  cause: Failure | null = null,
): Promise<Tried> {
  const shown = announced.map((item) => context.request.describe(item.change));
  const failure = firstFailure(context, at, announced, receipts, cause);
  if (failure !== null) return { end: failedWith(failure, shown), before, receipts };
  const places = placesOf(context, machineOf(at), context.request.abandon);
  const result = await step.verify(before, receipts, places);
  const end = result.ok
    ? ended('changed', { result: result.value, changes: shown })
    : failedWith(result.error, shown);
  return { end, before, receipts };
}

/** A change whose exit code is the task's to judge has done its part when it has ended. */
export function didItsPart({ change }: Announced, receipt: Receipt): boolean {
  const isJudgedLater = change.kind === 'run' && change.anyExitCode === true;
  return succeeded(receipt) || (isJudgedLater && receipt.state === 'done');
}

export function tried(end: StepEnd, before: Json = null): Tried {
  return { end, before, receipts: [] };
}

function announce(
  context: Context,
  at: StepAt,
  changes: readonly Change[],
  attempt: number,
): readonly Announced[] {
  const { run } = context.request;
  const { task, host, index: item } = stepKey(at);
  return changes.map((one, index) => ({
    id: changeId({ run, direction: 'do', task, host, item, index, attempt }),
    change: one,
  }));
}

function firstFailure(
  context: Context,
  at: StepAt,
  announced: readonly Announced[],
  receipts: readonly Receipt[],
  cause: Failure | null,
): Failure | null {
  const index = announced.findIndex((item, place) => {
    const receipt = receipts[place];
    return receipt === undefined || !didItsPart(item, receipt);
  });
  const [item, receipt] = [announced[index], receipts[index]];
  if (item === undefined) return null;
  const machine = machineOf(at);
  const shown = context.request.describe(item.change);
  if (receipt === undefined) return outcomeUnknown(machine, shown, 'it has no receipt');
  if (receipt.state === 'interrupted') return outcomeUnknown(machine, shown, receipt.detail);
  if (receipt.state === 'running') return outcomeUnknown(machine, shown, 'it is still running');
  if (receipt.state === 'never' && cause !== null) return notBegun(machine, shown, cause);
  if (context.request.abandon.aborted) return endedAtOnce(machine, shown, receipt);
  return changeFailed(machine, shown, receipt);
}
