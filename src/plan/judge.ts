import type { Failure } from '../core/failure.js';
import type { JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { StepRecord, Task, Verdict } from '../core/plan.js';
import { ok, type Result } from '../core/result.js';
import type { CheckedTask } from '../playbook/checked.js';
import type { Expression } from '../playbook/expression.js';
import { firstUnmet } from './evaluate.js';
import { type Roots, rootsFor, type Surroundings } from './roots.js';

/**
 * What `changed_when`, `failed_when` and `until` say of a record, in that order as in Ansible: each sees
 * what the one before has said. A record that holds nothing to judge by stays as the module left it.
 */
export function judgeWith(task: CheckedTask, around: Surroundings): Task['judge'] {
  const { changedWhen, failedWhen, until } = task.judgement;
  return (scope, given) => {
    const known = rootsFor(task, scope, around);
    const say = (
      conditions: readonly Expression[] | null,
      record: StepRecord,
      fallback: boolean,
    ) =>
      conditions === null
        ? ok(fallback)
        : allHold(task, scope.host, conditions, withOwn(known, task, record), record);

    const changed = say(changedWhen, given, given.changed);
    if (!changed.ok) return changed;
    const failedByItself = given.failed || exitedBadly(task, given);
    const seen = { ...given, changed: changed.value ?? given.changed, failed: failedByItself };
    const failed = say(failedWhen, seen, failedByItself);
    if (!failed.ok) return failed;
    const isFailed = failed.value ?? failedByItself;
    const judged = { ...seen, failed: isFailed };
    const enough = say(until, judged, !isFailed);
    if (!enough.ok) return enough;
    return ok(
      verdict(task, judged, failed.value !== null && failedWhen !== null, enough.value ?? false),
    );
  };
}

function verdict(
  task: CheckedTask,
  record: StepRecord,
  isSaidByTask: boolean,
  isEnough: boolean,
): Verdict {
  const because = isSaidByTask
    ? `failed_when: ${sourcesOf(task.judgement.failedWhen)}`
    : exitedBadly(task, record)
      ? `it ended with exit code ${String(record.rc)}`
      : `${task.module.name} has failed`;
  return { changed: record.changed, failedBecause: record.failed ? because : null, isEnough };
}

/** Null where a failed step's record holds nothing that the conditions could read. */
function allHold(
  task: CheckedTask,
  host: HostName,
  conditions: readonly Expression[],
  roots: Roots,
  record: StepRecord,
): Result<boolean | null, Failure> {
  const unmet = firstUnmet(task, host, conditions, roots);
  if (unmet.ok) return ok(unmet.value === null);
  return record.failed ? ok(null) : unmet;
}

/** The task's own record goes by `result`, and by its register as this one record. */
function withOwn(known: Roots, task: CheckedTask, record: StepRecord): Roots {
  const { register } = task;
  return Object.create(known, {
    result: { value: record },
    ...(register === null
      ? {}
      : { results: { get: () => ({ ...(known.results as JsonObject), [register]: record }) } }),
  }) as Roots;
}

/** A program's exit code is a failure unless `failed_when` says otherwise. */
function exitedBadly({ judgement }: CheckedTask, { rc }: StepRecord): boolean {
  return (
    judgement.anyExitCode && judgement.failedWhen === null && typeof rc === 'number' && rc !== 0
  );
}

function sourcesOf(conditions: readonly Expression[] | null): string {
  return (conditions ?? []).map(({ source }) => source).join(', and ');
}
