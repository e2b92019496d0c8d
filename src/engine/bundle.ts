import type { Failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { machineIsRoot } from './connect.js';
import type { Context } from './context.js';
import { leftInFlight, lostSession, outcomeUnknown, stillRunning } from './failures.js';
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
): Promise<Result<readonly Receipt[], Failure>> {
  const machine = machineOf(at);
  const session = context.sessions.get(machine);
  if (session === undefined) return err(lostSession(machine));
  const { run, abandon } = context.request;
  const fence = fenceOf(context, machine);
  const { timeoutMs } = at.task;
  const receipts = await session.carryOut({ run, fence, items, timeoutMs }, abandon);
  if (receipts.ok) return receipts;
  // Whoever has taken the run over settles it: what we would hear now is no longer ours to record.
  if (receipts.error.kind === 'fenced') return receipts;
  const settled = await settleItems(context, at, items, receipts.error);
  return settled.ok ? ok(settled.value.map((one) => withCause(one, receipts.error))) : settled;
}

/** What did not even begin has no output of its own: the reason is what was heard instead of an answer. */
function withCause(receipt: Receipt, { message, detail }: Failure): Receipt {
  if (receipt.state !== 'never') return receipt;
  return { ...receipt, detail: detail === undefined ? message : `${message}\n${detail}` };
}

/** What became of these changes, for good. Waits, bounded by the task's timeout, for one that still runs. */
export async function settleItems(
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

/** Only the cluster's own hosts hold its lock, so only there can an epoch be checked. */
function fenceOf(context: Context, machine: HostName) {
  const { cluster, lockHosts } = context.request.plan;
  if (cluster === null || machine === CONTROLLER || !lockHosts.includes(machine)) return null;
  return { cluster, epoch: context.history.epoch };
}
