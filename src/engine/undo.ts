import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, failure } from '../core/failure.js';
import { type Guard, holds, questionOf } from '../core/guard.js';
import { type InverseCase, inverseOf } from '../core/inverse.js';
import { canonical, type Json, sameJson } from '../core/json.js';
import type { BoundStep } from '../core/plan.js';
import type { Answer, Question, Waited } from '../core/question.js';
import { type Receipt, succeeded } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { startBundle } from './bundle.js';
import { changeId } from './change-id.js';
import { type Context, placesOf, record } from './context.js';
import { nobodyKnowsTheWayBack, notBegun, notUndone, undoFailed } from './failures.js';
import type { IntendedStep } from './history.js';
import { machineOf, type StepAt, scopeAt, stepKey } from './step-at.js';

/**
 * Takes one step back: newest change first, each only where its guards hold, and then proves that the
 * host is as the first probe saw it. Gives what was done, one line a change.
 */
export async function undoStep(
  context: Context,
  at: StepAt,
  intended: IntendedStep,
): Promise<Result<readonly string[], Failure>> {
  const bound = at.task.bind(scopeAt(context, at));
  if (!bound.ok) return bound;
  if (bound.value.kind === 'skip') {
    return err(notUndone(intended.host, `the task is now skipped: ${bound.value.why}`));
  }
  const { step } = bound.value;
  if (step.undo.kind === 'irreversible') return err(cannot(intended, step.undo.why));
  if (step.undo.kind === 'nothing') return ok([]);
  const places = placesOf(context, machineOf(at), context.request.abandon);
  const seen = (await step.undo.beforehand?.(null, intended.before, places)) ?? ok(null);
  if (!seen.ok) return seen;
  const done =
    step.undo.kind === 'by-cases'
      ? await takeBack(context, at, step.undo.cases(null, intended.before))
      : await invertAll(context, at, intended);
  if (!done.ok && done.error.code !== 'way-back-blocked') return done;
  if (!done.ok && sameJson(step.material(intended.before), {})) return done;
  const proved = await proveAsBefore(places, step, intended, seen.value);
  // An undo that nobody has recorded finds no way back: where all is as before, it has been gone already.
  if (!done.ok) return proved.ok ? ok([]) : done;
  return proved.ok ? done : proved;
}

/** Every change of every attempt, newest first. */
async function invertAll(
  context: Context,
  at: StepAt,
  intended: IntendedStep,
): Promise<Result<readonly string[], Failure>> {
  const lines: string[] = [];
  for (const { announced, receipts } of intended.attempts.toReversed()) {
    for (const [index, item] of [...announced.entries()].reverse()) {
      const receipt = receipts?.[index] ?? inDoubt(item);
      // What a transfer had brought before it was cut off is on the host, although it never counted.
      if (receipt.state === 'never' && item.change.kind !== 'send') continue;
      const cases = inverseOf(item.change, item.id, receipt);
      if (cases === null) return err(cannot(intended, 'only its module knows how'));
      const done = await takeBack(context, at, cases);
      if (!done.ok) return done;
      lines.push(...done.value);
    }
  }
  return ok(lines);
}

/** Carries out the first case whose guards hold on the host, now. */
async function takeBack(
  context: Context,
  at: StepAt,
  cases: readonly InverseCase[],
): Promise<Result<readonly string[], Failure>> {
  for (const { when, changes } of cases) {
    const holds = await guardsHold(context, at, when);
    if (!holds.ok) return holds;
    if (holds.value) return carryOutAll(context, at, changes);
  }
  const [first] = cases.flatMap((one) => one.when);
  return err(nobodyKnowsTheWayBack(machineOf(at), first?.path ?? 'it'));
}

async function guardsHold(
  context: Context,
  at: StepAt,
  guards: readonly Guard[],
): Promise<Result<boolean, Failure>> {
  if (guards.length === 0) return ok(true);
  const questions = Object.fromEntries(
    guards.map((guard, index): [string, Question] => [`${index}`, questionOf(guard)]),
  );
  const { host } = placesOf(context, machineOf(at), context.request.abandon);
  const answers = await host(questions);
  if (!answers.ok) return answers;
  return ok(guards.every((guard, index) => holds(guard, (answers.value as Answers)[`${index}`])));
}

type Answers = Readonly<Record<string, Answer>>;

async function carryOutAll(
  context: Context,
  at: StepAt,
  changes: readonly Change[],
): Promise<Result<readonly string[], Failure>> {
  if (changes.length === 0) return ok([]);
  const { run } = context.request;
  const key = stepKey(at);
  const attempt = context.history.undoAttempts + 1;
  const items = changes.map((change, index): Announced => {
    const { task, host, index: item } = key;
    const place = { run, direction: 'undo', task, host, item, index, attempt } as const;
    return { id: changeId(place), change };
  });
  const announced = await record(context, { type: 'undo.intent', ...key, attempt, changes: items });
  if (!announced.ok) return announced;
  const carried = await startBundle(context, at, items);
  if (!carried.ok) return carried;
  const { receipts, cause } = carried.value;
  const failed = receipts.findIndex((receipt) => !succeeded(receipt));
  const item = items[failed];
  const receipt = receipts[failed];
  if (item !== undefined && receipt !== undefined) {
    const shown = context.request.describe(item.change);
    const isNever = receipt.state === 'never' && cause !== null;
    return err(
      isNever ? notBegun(machineOf(at), shown, cause) : undoFailed(machineOf(at), shown, receipt),
    );
  }
  return ok(changes.map(context.request.describe));
}

/** Undo is believed only when a fresh probe shows what the first one showed. */
async function proveAsBefore(
  places: Places,
  step: BoundStep,
  intended: IntendedStep,
  seen: Json,
): Promise<Result<void, Failure>> {
  const settled = await settle(places, step, intended, seen);
  if (!settled.ok) return settled;
  const after = await step.probe(places);
  if (!after.ok) return after;
  const was = step.material(intended.before);
  const is = step.material(after.value);
  if (sameJson(was, is)) return ok(undefined);
  return err(notUndone(intended.host, `before: ${canonical(was)}\nnow:    ${canonical(is)}`));
}

/** What was waited for in vain is not as it was, whatever a probe may show a moment later. */
async function settle(
  places: Places,
  { undo }: BoundStep,
  { host, before }: IntendedStep,
  seen: Json,
): Promise<Result<void, Failure>> {
  const questions = ('settle' in undo ? undo.settle?.(null, before, seen) : undefined) ?? {};
  if (Object.keys(questions).length === 0) return ok(undefined);
  const answers = await places.host(questions);
  if (!answers.ok) return answers;
  const late = Object.values(answers.value as Answers).flatMap((answer) =>
    isLate(answer) ? [`after ${Math.round(answer.waitedMs / 1_000)} s: ${answer.lastSeen}`] : [],
  );
  return late.length === 0 ? ok(undefined) : err(notUndone(host, late.join('\n')));
}

function isLate(answer: Answer): answer is Waited & { readonly reached: false } {
  return answer !== null && 'reached' in answer && answer.reached === false;
}

function inDoubt(item: Announced): Receipt {
  return { state: 'interrupted', id: item.id, detail: 'nobody saw how it ended' };
}

function cannot(intended: IntendedStep, why: string): Failure {
  return failure(
    'refused',
    'irreversible',
    `task ${intended.task} cannot be taken back on ${intended.host}: ${why}`,
    'decide by hand whether to keep it',
    { host: intended.host },
  );
}
