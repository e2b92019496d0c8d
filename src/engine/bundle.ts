import type { Failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Task } from '../core/plan.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, type Result } from '../core/result.js';
import type { Context } from './context.js';
import { lostSession, outcomeUnknown } from './failures.js';

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
  const cluster = host === CONTROLLER ? null : plan.cluster;
  const beganMs = clock.nowMs();
  for (;;) {
    const session = await hosts.connect(host, isRoot(context, task, host), abandon);
    if (session.ok) context.sessions.set(host, session.value);
    const settled = session.ok
      ? await session.value.settle(run, cluster, ids, abandon)
      : err(session.error);
    const running = settled.ok && settled.value.some((receipt) => receipt.state === 'running');
    if (settled.ok && !running) return settled;
    const patienceMs = running ? task.timeoutMs : awayMsMax;
    if (abandon.aborted || clock.nowMs() - beganMs >= patienceMs) {
      return settled.ok ? settled : err(unknownBecause(host, items, cause, context));
    }
    await clock.sleep(settleAgainMs, abandon);
  }
}

/** The lock's place is root's: where the cluster is locked, receipts are too. */
function isRoot(context: Context, task: Task, host: HostName): boolean {
  if (host === CONTROLLER) return false;
  return task.become || context.request.plan.lockHosts.includes(host);
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
