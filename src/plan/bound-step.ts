import type { Change } from '../core/change.js';
import type { Json, JsonObject } from '../core/json.js';
import type { AnyModule, AroundUndo, Undo } from '../core/module.js';
import type { BoundStep } from '../core/plan.js';
import { ok } from '../core/result.js';
import { MASK } from '../core/secret.js';

/** What a task adds to the programs that its module runs. */
export interface RunWith {
  readonly environment: { readonly [name: string]: string };
  readonly anyExitCode: boolean;
}

/** A module with its arguments, as the engine works with it. */
export function boundStep(module: AnyModule, args: JsonObject, run: RunWith): BoundStep {
  return {
    module: module.name,
    repeatable: module.repeatable,
    readOnly: module.readOnly,
    shownArgs: withoutSecrets(
      withoutObserved(args, module.args as Shape),
      module.args as Shape,
    ) as JsonObject,
    probe: (ask) => module.probe(args, ask),
    plan: (before) => {
      const changes = module.plan(args, before);
      return changes.ok ? ok(changes.value.map((change) => ranWith(change, run))) : changes;
    },
    verify: async (before, receipts, ask) => {
      const result = await module.verify(args, before, receipts, ask);
      return result.ok ? ok(result.value as JsonObject) : result;
    },
    undo: undoOf(module, args, { ...run, anyExitCode: false }),
    material: (before) => module.material(before),
    mayAlter: () => {
      if (module.readOnly) return [];
      return module.mayAlter?.(args) ?? [{ kind: 'everything' }];
    },
  };
}

interface Shape {
  readonly secret?: boolean;
  readonly observed?: boolean;
  readonly items?: Shape;
  readonly properties?: { readonly [name: string]: Shape };
}

/**
 * Arguments that say what earlier tasks saw are figures of a living cluster: a saved plan does not rest on
 * them, since whoever saw them says what is material.
 */
function withoutObserved(args: JsonObject, shape: Shape): JsonObject {
  const isObserved = (name: string) => shape.properties?.[name]?.observed === true;
  return Object.fromEntries(Object.entries(args).filter(([name]) => !isObserved(name)));
}

/** What a module declares as secret is masked, at any depth. */
function withoutSecrets(value: Json, shape: Shape | undefined): Json {
  if (shape?.secret === true) return MASK;
  if (Array.isArray(value)) return value.map((one: Json) => withoutSecrets(one, shape?.items));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, one]): [string, Json] => [
    name,
    withoutSecrets(one, shape?.properties?.[name]),
  ]);
  return Object.fromEntries(entries);
}

/** What the module itself sets goes before: its program would not be the same without it. */
function ranWith(change: Change, { environment, anyExitCode }: RunWith): Change {
  if (change.kind !== 'run') return change;
  const own = { ...environment, ...change.environment };
  return {
    ...change,
    ...(Object.keys(own).length === 0 ? {} : { environment: own }),
    ...(anyExitCode ? { anyExitCode } : {}),
  };
}

function undoOf(module: AnyModule, args: JsonObject, run: RunWith): Undo<null, Json> {
  const { undo } = module as { undo: Undo<JsonObject, Json> };
  if (undo.kind === 'nothing' || undo.kind === 'irreversible') return undo;
  const around = aroundOf(undo, args);
  if (undo.kind === 'derived') return { kind: 'derived', ...around };
  const cases = (_: null, before: Json) =>
    undo.cases(args, before).map((one) => ({
      ...one,
      changes: one.changes.map((change) => ranWith(change, run)),
    }));
  return { kind: 'by-cases', cases, ...around };
}

function aroundOf(
  { beforehand, settle }: AroundUndo<JsonObject, Json>,
  args: JsonObject,
): AroundUndo<null, Json> {
  return {
    ...(beforehand && { beforehand: (_, before, ask) => beforehand(args, before, ask) }),
    ...(settle && { settle: (_, before, seen) => settle(args, before, seen) }),
  };
}
