import type { EvidenceKind } from '../core/evidence.js';
import type { Failure } from '../core/failure.js';
import type { Task } from '../core/plan.js';
import { err, ok, type Result } from '../core/result.js';
import type { Context } from './context.js';
import { noEvidence, noGiver } from './failures.js';
import { proveUnchanged } from './step.js';

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
    const givers = earlierGivers(context, task, kind);
    const [host] = task.hosts;
    if (givers.length === 0 && host !== undefined) return err(noGiver(kind, host));
    for (const giver of givers) {
      const gathered = await gather(context, giver, kind);
      if (!gathered.ok) return gathered;
    }
  }
  return ok(undefined);
}

/** What must be proved again before this task's undo. Other kinds are used up by the task itself. */
export function neededForUndo(task: Task): readonly EvidenceKind[] {
  return task.needs.filter((kind) => kind.startsWith('gone:'));
}

async function gather(
  context: Context,
  giver: Task,
  kind: EvidenceKind,
): Promise<Result<void, Failure>> {
  const proofs = await Promise.all(
    giver.hosts.map(async (host) => ({ host, proof: await proveUnchanged(context, giver, host) })),
  );
  for (const { host, proof } of proofs) {
    if (!proof.ok) return err(noEvidence(kind, host, proof.error));
  }
  context.emit({ type: 'evidence', kind, hosts: giver.hosts, task: giver.id });
  return ok(undefined);
}

/** The latest task before this one, of any play, that gives this kind. */
function earlierGivers(context: Context, task: Task, kind: EvidenceKind): readonly Task[] {
  const all = context.request.plan.plays.flatMap((play) => play.children);
  const before = all.slice(
    0,
    all.findIndex((other) => other.id === task.id),
  );
  return before.filter((other) => other.gives.includes(kind)).slice(-1);
}
