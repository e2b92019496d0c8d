import type { Failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Task } from '../core/plan.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, type Result } from '../core/result.js';
import type { Context } from './context.js';
import { lostSession, outcomeUnknown } from './failures.js';

/** Between two looks at a change that still runs after its connection was lost. */
const settleAgainMs = 250;

/**
 * Has announced changes carried out. When the answer is lost, the host is asked what became of them:
 * only where that cannot be had either is the outcome unknown.
 */
export async function startBundle(
  context: Context,
  task: Task,
  host: HostName,
  items: readonly Announced[],
): Promise<Result<readonly Receipt[], Failure>> {
  const session = context.sessions.get(host);
  if (session === undefined) return err(lostSession(host));
  const { run, abandon } = context.request;
  const fence = fenceOf(context, host);
  const receipts = await session.carryOut(
    { run, fence, items, timeoutMs: task.timeoutMs },
    abandon,
  );
  if (receipts.ok) return receipts;
  return settleItems(context, task, host, items, receipts.error);
}

/** What became of these changes, for good. Waits, bounded by the task's timeout, for one that still runs. */
export async function settleItems(
  context: Context,
  task: Task,
  host: HostName,
  items: readonly Announced[],
  cause: Failure,
): Promise<Result<readonly Receipt[], Failure>> {
  const { clock, hosts } = context.world;
  const { run, abandon, plan } = context.request;
  const ids = items.map((item) => item.id);
  const deadlineMs = clock.nowMs() + task.timeoutMs;
  for (;;) {
    const session = await hosts.connect(host, task.become, abandon);
    if (!session.ok) return err(unknownBecause(host, items, cause, context));
    context.sessions.set(host, session.value);
    const cluster = host === CONTROLLER ? null : plan.cluster;
    const settled = await session.value.settle(run, cluster, ids, abandon);
    if (!settled.ok) return err(unknownBecause(host, items, cause, context));
    const running = settled.value.some((receipt) => receipt.state === 'running');
    if (!running) return settled;
    if (abandon.aborted || clock.nowMs() >= deadlineMs) return settled;
    await clock.sleep(settleAgainMs, abandon);
  }
}

function fenceOf(context: Context, host: HostName) {
  const { cluster } = context.request.plan;
  if (host === CONTROLLER || cluster === null) return null;
  return { cluster, epoch: context.history.epoch };
}

function unknownBecause(
  host: HostName,
  items: readonly Announced[],
  cause: Failure,
  context: Context,
): Failure {
  const changes = items.map((item) => context.request.describe(item.change)).join('; ');
  return outcomeUnknown(host, changes, cause.message);
}
