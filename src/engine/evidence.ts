import type { EvidenceKind } from '../core/evidence.js';
import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { type Play, type Task, tasksOf } from '../core/plan.js';
import { err, ok, type Result } from '../core/result.js';
import type { Context } from './context.js';
import { noEvidence, noGiver } from './failures.js';
import { proveUnchanged } from './prove-unchanged.js';

/**
 * Demands evidence: every task that gives it is asked again, on all of its hosts, now. Nothing is read
 * from the journal and nothing is remembered: between two looks a kubelet may have started something.
 */
export async function demandEvidence(
  context: Context,
  task: Task,
  kinds: readonly EvidenceKind[],
): Promise<Result<void, Failure>> {
  for (const kind of kinds) {
    const giver = latestGiver(context, task, kind);
    const [host] = task.hosts;
    if (giver === null) {
      if (host !== undefined) return err(noGiver(kind, host));
      continue;
    }
    const gathered = await gather(
      context,
      giver,
      kind,
      hostsToAsk(context, task, giver.task, kind),
    );
    if (!gathered.ok) return gathered;
  }
  return ok(undefined);
}

/** What must be proved again before this task's undo. Other kinds are used up by the task itself. */
export function neededForUndo(task: Task): readonly EvidenceKind[] {
  return task.needs.filter(holdsBehindTheTask);
}

function holdsBehindTheTask(kind: EvidenceKind): boolean {
  return kind.startsWith('gone:');
}

/** Where the task has begun, a resumed run cannot ask for what the task itself uses up. */
function hostsToAsk(
  context: Context,
  task: Task,
  giver: Task,
  kind: EvidenceKind,
): readonly HostName[] {
  if (holdsBehindTheTask(kind)) return giver.hosts;
  const begun = context.history.intended.filter((step) => step.task === task.id);
  return giver.hosts.filter((host) => !begun.some((step) => step.host === host));
}

interface Giver {
  readonly play: Play;
  readonly task: Task;
}

async function gather(
  context: Context,
  { play, task }: Giver,
  kind: EvidenceKind,
  hosts: readonly HostName[],
): Promise<Result<void, Failure>> {
  const proofs = await Promise.all(
    hosts.map(async (host) => ({ host, proof: await proveUnchanged(context, play, task, host) })),
  );
  for (const { host, proof } of proofs) {
    if (!proof.ok) return err(noEvidence(kind, host, proof.error));
  }
  context.emit({ type: 'evidence', kind, hosts, task: task.id });
  return ok(undefined);
}

/** The latest task before this one, of any play, that gives this kind. */
function latestGiver(context: Context, task: Task, kind: EvidenceKind): Giver | null {
  const all = context.request.plan.plays.flatMap((play) =>
    tasksOf({ plays: [play] }).map((one): Giver => ({ play, task: one })),
  );
  const before = all.slice(
    0,
    all.findIndex((other) => other.task.id === task.id),
  );
  return before.filter((other) => other.task.gives.includes(kind)).at(-1) ?? null;
}
