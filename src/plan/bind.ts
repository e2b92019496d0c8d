import type { TSchema } from 'typebox';
import { type Failure, failure } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { Binding, Scope, Task } from '../core/plan.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedTask } from '../playbook/checked.js';
import type { Expression } from '../playbook/expression.js';
import { evaluateTemplate } from '../playbook/template.js';
import { validatorFor } from '../playbook/validator.js';
import { boundStep } from './bound-step.js';
import { cannotEvaluate, firstUnmet } from './evaluate.js';
import { type Roots, rootsFor, type Surroundings } from './roots.js';

/** Closes a task over everything but the results: those are there only when the barrier is passed. */
export function bindTask(task: CheckedTask, around: Surroundings): Task['bind'] {
  return (scope) => {
    const { host } = scope;
    const roots = rootsFor(task, scope, around);
    const unmet = firstUnmet(task, host, conditionsFor(task, scope), roots);
    if (!unmet.ok) return unmet;
    if (unmet.value !== null) {
      const other = speaksForAll(task) ? otherHostThatWants(task, scope, around) : null;
      if (other !== null) return err(notAlike(task, host, other, unmet.value.source));
      return ok({ kind: 'skip', why: `not (${unmet.value.source})` });
    }
    const args = evaluateTemplate(task.args, roots);
    if (!args.ok) return err(cannotEvaluate(task, host, args.error.expression, args.error.why));
    const environment = environmentOf(task, host, roots);
    if (!environment.ok) return environment;
    return bound(task, host, args.value as JsonObject, environment.value);
  };
}

/** What a host loops over. Where a condition that asks for no item does not hold there is nothing to do. */
export function itemsOf(task: CheckedTask, around: Surroundings): Task['items'] {
  const { loop } = task;
  if (loop === null) return () => ok(null);
  return (scope) => {
    const { host } = scope;
    const roots = rootsFor(task, scope, around);
    const unmet = firstUnmet(task, host, conditionsFor(task, scope), roots);
    if (!unmet.ok) return unmet;
    if (unmet.value !== null) return ok(null);
    const items = evaluateTemplate(loop.over, roots);
    if (!items.ok) return err(cannotEvaluate(task, host, items.error.expression, items.error.why));
    if (Array.isArray(items.value)) return ok(items.value as readonly Json[]);
    const message = `«${loop.source}» in «${task.name}» is not a list on ${host}`;
    const next = 'look at what the expression gives on this host';
    return err(failure('expression', 'no-list', message, next, { host, at: loop.at }));
  };
}

/** Before a loop is begun only what asks for no item can be asked. */
function conditionsFor({ when, loop }: CheckedTask, { item }: Scope): readonly Expression[] {
  if (loop === null || item !== undefined) return when;
  return when.filter((one) => !one.names.includes('item'));
}

/** Is there one step for all hosts of the play? */
export function speaksForAll(task: CheckedTask): boolean {
  return task.runOnce || task.module.place === 'controller';
}

/** Another host of the play whose conditions hold: one step cannot speak for both. */
function otherHostThatWants(
  task: CheckedTask,
  scope: Scope,
  around: Surroundings,
): HostName | null {
  const wants = (host: HostName): boolean => {
    const roots = rootsFor(task, { ...scope, host }, around);
    const unmet = firstUnmet(task, host, conditionsFor(task, scope), roots);
    return unmet.ok && unmet.value === null;
  };
  return around.playHosts.find((host) => host !== scope.host && wants(host)) ?? null;
}

function notAlike(task: CheckedTask, host: HostName, other: HostName, source: string): Failure {
  const message = `«${task.name}» runs once for all hosts, and «${source}» holds on ${other} and not on ${host}`;
  const next = 'use a condition that is the same on all hosts, or take `run_once` out';
  return failure('expression', 'run-once-when', message, next, { host, at: task.at });
}

function environmentOf(
  task: CheckedTask,
  host: HostName,
  roots: Roots,
): Result<{ readonly [name: string]: string }, Failure> {
  const texts: [string, string][] = [];
  for (const [name, template] of task.environment) {
    const value = evaluateTemplate(template, roots);
    if (!value.ok) return err(cannotEvaluate(task, host, value.error.expression, value.error.why));
    const text = String(value.value);
    const isText = value.value !== null && typeof value.value !== 'object' && !text.includes('\0');
    if (!isText) return err(wrongArgument(task, host, `environment: ${name} is not a text`));
    texts.push([name, text]);
  }
  return ok(Object.fromEntries(texts));
}

function bound(
  task: CheckedTask,
  host: HostName,
  args: JsonObject,
  environment: { readonly [name: string]: string },
): Result<Binding, Failure> {
  const validate = validatorFor(task.module.args as TSchema);
  if (!validate(args)) {
    const [first] = validate.errors ?? [];
    const what = `${first?.instancePath.slice(1) || 'an argument'} ${first?.message ?? 'is wrong'}`;
    return err(wrongArgument(task, host, `${task.module.name}: ${what}`));
  }
  const { anyExitCode } = task.judgement;
  return ok({ kind: 'step', step: boundStep(task.module, args, { environment, anyExitCode }) });
}

function wrongArgument(task: CheckedTask, host: HostName, message: string): Failure {
  const next = 'look at what the expression gives on this host';
  return failure('expression', 'wrong-argument', message, next, { host, at: task.at });
}
