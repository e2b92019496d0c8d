import type { Failure } from '../core/failure.js';
import type { BoundStep } from '../core/plan.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { didItsPart, probeAndChange, proveChanged, type Tried, tried } from './attempt.js';
import { settleItems } from './bundle.js';
import { type Context, placesOf } from './context.js';
import { halfMade, lostSession } from './failures.js';
import { type Attempt, findIntended, isOpen } from './history.js';
import { machineOf, type StepAt, scopeAt, stepKey } from './step-at.js';
import { failedWith } from './step-end.js';

/** The attempt of an earlier process that nobody saw to its end; null when there is none. */
export function openAttempt(context: Context, at: StepAt): Attempt | null {
  const latest = findIntended(context.history, stepKey(at))?.attempts.at(-1);
  return latest !== undefined && isOpen(latest) ? latest : null;
}

/**
 * Goes on with a step that was in flight when its controller died. The host says what became of it; where
 * it cannot, a fresh probe decides: adopt it when it is so, make it again when that does no harm, else ask
 * a person. The first `before` stays the way back, whatever is seen now.
 */
export async function takeUp(context: Context, at: StepAt, open: Attempt): Promise<Tried> {
  const cause = lostSession(machineOf(at));
  const settled = await settleItems(context, at, open.announced, cause);
  if (!settled.ok) return tried(failedWith(settled.error), open.before);
  const receipts = settled.value;
  open.receipts = receipts;
  const bound = at.task.bind(scopeAt(context, at));
  if (!bound.ok) return { end: failedWith(bound.error), before: open.before, receipts };
  if (bound.value.kind === 'skip') {
    const nowSkipped = halfMade(at.host, at.task.name, `it is now skipped: ${bound.value.why}`);
    return { end: failedWith(nowSkipped), before: open.before, receipts };
  }
  const { step } = bound.value;
  const next = open.attempt + 1;
  if (receipts.some((receipt) => receipt.state === 'interrupted')) {
    const decided = await decide(context, at, step, open);
    if (!decided.ok) return { end: failedWith(decided.error), before: open.before, receipts };
    if (decided.value === 'again') return probeAndChange(context, at, step, next);
    const adopted = receipts.map(adopt);
    return proveChanged(context, at, step, open.before, open.announced, adopted);
  }
  if (isCutShort(open.announced, receipts)) return probeAndChange(context, at, step, next);
  return proveChanged(context, at, step, open.before, open.announced, receipts);
}

/** Some never started, and not because one before them failed: the rest is still to be done. */
function isCutShort(announced: readonly Announced[], receipts: readonly Receipt[]): boolean {
  const hasFailed = announced.some((item, index) => {
    const receipt = receipts[index];
    return receipt?.state === 'done' && !didItsPart(item, receipt);
  });
  return !hasFailed && receipts.some((receipt) => receipt.state === 'never');
}

/** What a probe says of changes that were started and whose end nobody saw. */
async function decide(
  context: Context,
  at: StepAt,
  step: BoundStep,
  open: Attempt,
): Promise<Result<'adopt' | 'again', Failure>> {
  const shown = open.announced.map((item) => context.request.describe(item.change)).join('; ');
  const now = await step.probe(placesOf(context, machineOf(at), context.request.stop));
  if (!now.ok) return now;
  const left = step.plan(now.value);
  if (!left.ok) return err(halfMade(machineOf(at), shown, left.error.message));
  if (left.value.length === 0) return ok('adopt');
  if (step.repeatable || interrupted(open).every(mayBeginAgain)) return ok('again');
  const wanted = left.value.map(context.request.describe).join('; ');
  return err(halfMade(machineOf(at), shown, `it would still take: ${wanted}`));
}

function interrupted({ announced, receipts }: Attempt): readonly Announced[] {
  return announced.filter((_, index) => receipts?.[index]?.state === 'interrupted');
}

/** Every change but a program looks at the host before it does anything: twice is the same as once. */
function mayBeginAgain({ change }: Announced): boolean {
  return change.kind !== 'run' || change.repeatable;
}

/** It is so, as the probe has just shown: what nobody saw counts as done. */
function adopt(receipt: Receipt): Receipt {
  if (receipt.state === 'done') return receipt;
  const { id } = receipt;
  return { state: 'done', id, exitCode: 0, durationMs: 0, stdoutTail: '', stderrTail: '' };
}
