import type { HostName } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import type { Task } from '../core/plan.js';
import { isShared, type Resource, touches } from '../core/resource.js';

interface PendingAlteration {
  readonly task: Task;
  readonly host: HostName;
  readonly resource: Resource;
}

/** What a dry run knows will be different by the time a later step runs, and which registers are open. */
export class Pending {
  readonly #alterations: PendingAlteration[] = [];
  readonly #open: Task[] = [];

  add(task: Task, host: HostName, resources: readonly Resource[]): void {
    for (const resource of resources) this.#alterations.push({ task, host, resource });
  }

  /** A step that would change something, or is itself deferred, leaves its register and evidence open. */
  note(task: Task, outcome: StepOutcome): void {
    const isOpen = outcome === 'would_change' || outcome === 'deferred';
    if (isOpen && !this.#open.includes(task)) this.#open.push(task);
  }

  /** The newest open task whose register this one reads, or whose evidence it needs. */
  awaitedBy(task: Task): Task | null {
    const awaited = this.#open.filter(
      (open) =>
        (open.register !== null && task.reads.includes(open.register)) ||
        open.gives.some((kind) => task.needs.includes(kind)),
    );
    return awaited.at(-1) ?? null;
  }

  /** The newest task that alters something which is looked at on this host; etcd is everybody's. */
  alters(host: HostName, seen: readonly Resource[]): Task | null {
    const found = this.#alterations.filter(
      (one) =>
        (one.host === host || isShared(one.resource)) &&
        seen.some((resource) => touches(one.resource, resource)),
    );
    return found.at(-1)?.task ?? null;
  }
}
