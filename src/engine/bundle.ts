import type { Failure } from '../core/failure.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { machineIsRoot } from './connect.js';
import type { Context } from './context.js';
import { leftInFlight, lostSession, outcomeUnknown, stillRunning } from './failures.js';
import { fenceOf } from './fence.js';
import { letGoOf } from './let-go.js';
import { watchOutput } from './live-output.js';
import { machineOf, type StepAt } from './step-at.js';

/** Between two looks at a change whose answer was lost. */
const settleAgainMs = 250;
/** How long a host may be away before what happened there counts as unknown. */
const awayMsMax = 30_000;

/**
 * Has announced changes carried out. When the answer is lost, the host is asked what became of them:
 * only where that cannot be had either is the outcome unknown.
 */
export async function startBundle(
  context: Context,
  at: StepAt,
  items: readonly Announced[],
): Promise<Result<Carried, Failure>> {
  const endWatching = watchOutput(context, at, items);
  const carried = await carryOut(context, at, items);
  await endWatching();
  return carried;
}

/** What became of changes that were sent. `cause`: what was heard instead of an answer; null: an answer. */
export interface Carried {
  readonly receipts: readonly Receipt[];
  readonly cause: Failure | null;
}

async function carryOut(
  context: Context,
  at: StepAt,
  items: readonly Announced[],
): Promise<Result<Carried, Failure>> {
  const machine = machineOf(at);
  const session = context.sessions.get(machine);
  if (session === undefined) return err(lostSession(machine));
  const { run } = context.request;
  const fence = fenceOf(context, machine);
  const { timeoutMs } = at.task;
  const signal = letGoOf(context, session, fence?.cluster ?? null, items);
  const receipts = await session.carryOut({ run, fence, items, timeoutMs }, signal);
  if (receipts.ok) return ok({ receipts: receipts.value, cause: null });
  const cause = receipts.error;
  // Whoever has taken the run over settles it: what we would hear now is no longer ours to record.
  if (cause.kind === 'fenced') return receipts;
  const settled = await untilSettled(context, at, items, cause);
  return settled.ok ? ok({ receipts: settled.value, cause }) : settled;
}

/** What became of these changes, for good, told as it goes on where that is wanted. */
export async function settleItems(
  context: Context,
  at: StepAt,
  items: readonly Announced[],
  cause: Failure,
): Promise<Result<readonly Receipt[], Failure>> {
  const endWatching = watchOutput(context, at, items);
  const settled = await untilSettled(context, at, items, cause);
  await endWatching();
  return settled;
}

/** Waits, bounded by the task's timeout, for one that still runs. */
async function untilSettled(
  context: Context,
  at: StepAt,
  items: readonly Announced[],
  cause: Failure,
): Promise<Result<readonly Receipt[], Failure>> {
  const machine = machineOf(at);
  const { clock, hosts } = context.world;
  const { run, abandon, plan } = context.request;
  const ids = items.map((item) => item.id);
  const cluster = fenceOf(context, machine)?.cluster ?? null;
  const beganMs = clock.nowMs();
  const shown = (): string =>
    items.map(({ change }) => context.request.describe(change)).join('; ');
  for (;;) {
    if (abandon.aborted) return err(leftInFlight(machine, shown()));
    const session = await hosts.connect(machine, machineIsRoot(plan, at.task, machine), abandon);
    if (session.ok) context.sessions.set(machine, session.value);
    const settled = session.ok
      ? await session.value.settle(run, cluster, ids, abandon)
      : err(session.error);
    const isRunning = settled.ok && settled.value.some((receipt) => receipt.state === 'running');
    if (settled.ok && !isRunning) return settled;
    const patienceMs = isRunning ? at.task.timeoutMs : awayMsMax;
    if (clock.nowMs() - beganMs >= patienceMs) {
      return err(
        isRunning
          ? stillRunning(machine, shown())
          : outcomeUnknown(machine, shown(), cause.message),
      );
    }
    await clock.sleep(settleAgainMs, abandon);
  }
}
