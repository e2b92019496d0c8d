import type { Json } from '../core/json.js';
import type { HostName } from '../core/names.js';
import { type Plan, type Play, placeOf, type Scope, type Task, tasksOf } from '../core/plan.js';
import type { Context } from './context.js';
import type { StepKey } from './history.js';

/** Where the engine stands: a task on a host, and under a loop one item of it. */
export interface StepAt {
  readonly play: Play;
  readonly task: Task;
  readonly host: HostName;
  readonly index: number;
  /** Undefined without a loop. */
  readonly item: Json | undefined;
}

export function stepKey({ task, host, index }: StepAt): StepKey {
  return { task: task.id, host, index };
}

/** The machine that is asked and changed: the host, unless the task is delegated. */
export function machineOf({ task, host }: StepAt): HostName {
  return placeOf(task, host);
}

/** The same for what a journal says: where the changes of that step were made. */
export function machineOfRecord(
  plan: Plan,
  { task, host }: Pick<StepKey, 'task' | 'host'>,
): HostName {
  const found = tasksOf(plan).find((one) => one.id === task && one.hosts.includes(host));
  return found === undefined ? host : placeOf(found, host);
}

export function scopeAt(context: Context, { host, item }: StepAt): Scope {
  const scope = scopeOf(context, host);
  return item === undefined ? scope : { ...scope, item };
}

/** What the expressions of a host's steps may see. */
export function scopeOf(context: Context, host: HostName): Scope {
  const { run, started, user, accepted, reason } = context.request;
  return {
    host,
    run: { id: run, started, user, accepted, reason },
    registered: (register, on) => context.results.get(register, on),
  };
}

/** A host's steps of a task: one, or one for each item of its loop. */
export function stepsOf(
  play: Play,
  task: Task,
  host: HostName,
  items: readonly Json[] | null,
): readonly StepAt[] {
  if (items === null) return [{ play, task, host, index: 0, item: undefined }];
  return items.map((item, index) => ({ play, task, host, index, item }));
}
