import type { Failure } from '../core/failure.js';
import type { Json } from '../core/json.js';
import { tasksOf } from '../core/plan.js';
import type { RecordBody } from '../core/record.js';
import { type Context, record } from './context.js';
import { keyOf } from './history.js';
import { recordOf } from './results.js';

type Finished = Extract<RecordBody, { type: 'step.finished' }>;

/** Registers as they were: a task's arguments must bind to the same values as when it ran. */
export function rememberResults(context: Context, records: readonly RecordBody[]): void {
  const latest = new Map<string, Finished>();
  for (const one of records) if (one.type === 'step.finished') latest.set(keyOf(one), one);
  for (const task of tasksOf(context.request.plan)) {
    if (task.register === null) continue;
    for (const host of task.hosts) {
      const ends = [...latest.values()]
        .filter((one) => one.task === task.id && one.host === host)
        .sort((a, b) => a.index - b.index)
        .map(({ outcome, result }) => recordOf(outcome, result));
      const value: Json | undefined = task.isLoop ? ends : ends[0];
      if (ends.length > 0 && value !== undefined) context.results.put(task, host, value);
    }
  }
}

/** Who works on the run from here on. */
export async function noteResumed(
  context: Context,
  mode: 'resume' | 'rollback',
): Promise<Failure | null> {
  const { user, controllerName: controller, version, accepted, reason } = context.request;
  const who = { mode, user, controller, version, accepted, reason };
  const noted = await record(context, { type: 'run.resumed', ...who });
  return noted.ok ? null : noted.error;
}
