import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { placeText } from '../core/position.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedTask } from '../playbook/checked.js';
import type { Expression } from '../playbook/expression.js';
import type { Roots } from './roots.js';

/** The first of the conditions that does not hold; null when all do. */
export function firstUnmet(
  task: CheckedTask,
  host: HostName,
  conditions: readonly Expression[],
  roots: Roots,
): Result<Expression | null, Failure> {
  for (const condition of conditions) {
    const holds = condition.evaluate(roots);
    if (!holds.ok) return err(cannotEvaluate(task, host, condition, holds.error));
    if (typeof holds.value !== 'boolean') {
      return err(cannotEvaluate(task, host, condition, 'it is not true or false'));
    }
    if (!holds.value) return ok(condition);
  }
  return ok(null);
}

export function cannotEvaluate(
  task: CheckedTask,
  host: HostName,
  expression: Expression,
  why: string,
): Failure {
  const message = `«${expression.source}» in «${task.name}» gives nothing on ${host}: ${why}`;
  const guard = 'a field of a task that was skipped there must be guarded with results.NAME.ran';
  const isMissing = /no such key/i.test(why);
  const next = `look at ${placeText(expression.at)}${isMissing ? `: ${guard}` : ', and at what it reads there'}`;
  return failure('expression', 'cannot-evaluate', message, next, { host, at: expression.at });
}
