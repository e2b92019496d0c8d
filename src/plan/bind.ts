import type { TSchema } from 'typebox';
import { type Failure, failure } from '../core/failure.js';
import type { Inventory } from '../core/inventory.js';
import type { Json, JsonObject } from '../core/json.js';
import type { AnyModule, Undo } from '../core/module.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Binding, BoundStep, Scope, Task } from '../core/plan.js';
import { placeText } from '../core/position.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedTask } from '../playbook/checked.js';
import type { Expression } from '../playbook/expression.js';
import { evaluateTemplate } from '../playbook/template.js';
import { validatorFor } from '../playbook/validator.js';
import type { Values } from './values.js';

interface Surroundings {
  readonly inventory: Inventory;
  readonly values: Values;
}

/** Closes a task over everything but the results: those are there only when the barrier is passed. */
export function bindTask(
  task: CheckedTask,
  playHosts: readonly HostName[],
  around: Surroundings,
): Task['bind'] {
  return (scope) => {
    const roots = rootsFor(task, scope, playHosts, around);
    if (task.when !== null) {
      const holds = task.when.evaluate(roots);
      if (!holds.ok) return err(cannotEvaluate(task, scope.host, task.when, holds.error));
      if (typeof holds.value !== 'boolean') {
        return err(cannotEvaluate(task, scope.host, task.when, 'it is not true or false'));
      }
      if (!holds.value) return ok({ kind: 'skip', why: `not (${task.when.source})` });
    }
    const args = evaluateTemplate(task.args, roots);
    if (!args.ok) {
      return err(cannotEvaluate(task, scope.host, args.error.expression, args.error.why));
    }
    return bound(task, scope.host, args.value as JsonObject);
  };
}

function bound(task: CheckedTask, host: HostName, args: JsonObject): Result<Binding, Failure> {
  const validate = validatorFor(task.module.args as TSchema);
  if (!validate(args)) {
    const [first] = validate.errors ?? [];
    const what = `${first?.instancePath.slice(1) || 'an argument'} ${first?.message ?? 'is wrong'}`;
    const message = `${task.module.name}: ${what}`;
    const next = 'look at what the expression gives on this host';
    return err(failure('expression', 'wrong-argument', message, next, { host, at: task.at }));
  }
  return ok({ kind: 'step', step: stepOf(task.module, args) });
}

function stepOf(module: AnyModule, args: JsonObject): BoundStep {
  return {
    module: module.name,
    repeatable: module.repeatable,
    readOnly: module.readOnly,
    shownArgs: args,
    probe: (ask) => module.probe(args, ask),
    plan: (before) => module.plan(args, before),
    verify: async (before, receipts, ask) => {
      const result = await module.verify(args, before, receipts, ask);
      return result.ok ? ok(result.value as JsonObject) : result;
    },
    undo: undoOf(module, args),
    material: (before) => module.material(before),
    mayAlter: () => {
      if (module.readOnly) return [];
      return module.mayAlter?.(args) ?? [{ kind: 'everything' }];
    },
  };
}

function undoOf(module: AnyModule, args: JsonObject): Undo<null, Json> {
  const { undo } = module as { undo: Undo<JsonObject, Json> };
  if (undo.kind === 'nothing' || undo.kind === 'irreversible') return undo;
  const ask = undo.settle;
  const settle = ask === undefined ? {} : { settle: (_: null, before: Json) => ask(args, before) };
  if (undo.kind === 'derived') return { kind: 'derived', ...settle };
  return { kind: 'by-cases', cases: (_, before) => undo.cases(args, before), ...settle };
}

/** Everything that an expression may see from one host. Only what the task reads is put together. */
function rootsFor(
  task: CheckedTask,
  scope: Scope,
  playHosts: readonly HostName[],
  around: Surroundings,
): { readonly [root: string]: Json } {
  const own = scope.host === CONTROLLER ? (playHosts[0] ?? scope.host) : scope.host;
  const view = (host: HostName): JsonObject => ({
    ...identity(host, around.inventory),
    vars: around.values.get(host) ?? {},
    results: resultsOn(task.reads, scope, host),
  });
  return {
    vars: around.values.get(own) ?? {},
    results: resultsOn(task.reads, scope, scope.host),
    host: identity(own, around.inventory),
    play: { hosts: playHosts.map(view) },
    hosts: Object.fromEntries(playHosts.map((host) => [host, view(host)])),
    groups: Object.fromEntries(around.inventory.groups),
    run: { ...scope.run },
  };
}

function resultsOn(registers: readonly string[], scope: Scope, host: HostName): JsonObject {
  const known = registers.flatMap((register) => {
    const record = scope.registered(register, host);
    return record === undefined ? [] : [[register, record] as const];
  });
  return Object.fromEntries(known);
}

function identity(host: HostName, inventory: Inventory): JsonObject {
  const found = inventory.hosts.find((one) => one.name === host);
  const address = found?.vars.get('ansible_host')?.value ?? host;
  return { name: host, address: String(address), groups: found?.groups ?? [] };
}

function cannotEvaluate(
  task: CheckedTask,
  host: HostName,
  expression: Expression,
  why: string,
): Failure {
  const message = `«${expression.source}» in «${task.name}» gives nothing on ${host}: ${why}`;
  const next =
    `look at ${placeText(expression.at)}: a field of a task that was skipped on this host must be` +
    ' guarded with results.NAME.ran';
  return failure('expression', 'cannot-evaluate', message, next, { host, at: expression.at });
}
