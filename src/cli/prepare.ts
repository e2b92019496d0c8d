import type { Connection } from '../core/connection.js';
import { type Diagnostic, hasErrors } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName, RunId } from '../core/names.js';
import { type Plan, placeOf, tasksOf } from '../core/plan.js';
import { err, ok, type Result } from '../core/result.js';
import { Secret } from '../core/secret.js';
import { parseInventory, usableHost } from '../inventory/index.js';
import { makePlan, resolveValues, type Values } from '../plan/index.js';
import type { CheckedPlaybook } from '../playbook/checked.js';
import { parsePlaybook } from '../playbook/index.js';
import type { Acceptance } from './acceptance.js';
import { withClusterPlace } from './cluster-place.js';
import { connectionsFor, type Login } from './connections.js';
import type { Edges } from './edges.js';
import { readExtra } from './extra.js';
import { freeze } from './freeze.js';
import { importedTexts, type Sources } from './sources.js';

/** All that is known before the first connection. */
export interface Prepared {
  readonly plan: Plan;
  readonly connections: ReadonlyMap<HostName, Connection>;
  /** What the run keeps of its inputs, without secrets. */
  readonly frozen: Sources;
  /** Warnings and notes that did not stop it. */
  readonly notes: readonly Diagnostic[];
}

export interface RunIdentity extends Acceptance {
  readonly id: RunId;
  readonly started: string;
  readonly user: string;
}

/** Texts → plan and connections, or every finding of the first stage that has one. */
export function prepare(
  sources: Sources,
  run: RunIdentity,
  login: Login,
  edges: Edges,
): Result<Prepared, readonly Diagnostic[]> {
  const playbook = parsePlaybook(sources.playbook, edges.catalogue, importedTexts(sources));
  const inventory = parseInventory(sources.inventories, sources.folders);
  const extra = readExtra(sources);
  const problems = [playbook, inventory, extra].flatMap((one) => (one.ok ? [] : one.error));
  if (!playbook.ok || !inventory.ok || !extra.ok) return err(problems);
  const unusable: Diagnostic[] = [];
  const usable = withUsableVars(inventory.value, unusable);
  const values = resolveValues({
    playbook: playbook.value,
    inventory: usable,
    extra: extra.value,
    environment: edges.environment,
    directory: sources.directory,
    run,
  });
  if (!values.ok || unusable.length > 0) {
    return err([...unusable, ...withoutEchoes(values.ok ? [] : values.error, unusable)]);
  }
  const plan = makePlan({
    playbook: playbook.value,
    inventory: usable,
    values: values.value,
    limit: sources.limit,
    without: sources.without,
    selection: sources.selection,
  });
  if (!plan.ok || unusable.length > 0) {
    const problems = withoutEchoes(plan.ok ? [] : plan.error, unusable);
    return err([
      ...unusable,
      ...problems.map((one) => withClusterPlace(one, inventory.value, sources)),
    ]);
  }
  const wanted = hostsOf(plan.value);
  const { connections, notes } = connectionsFor(
    inventory.value,
    (host) => wanted.has(host),
    { ...login, directory: sources.directory },
    edges,
  );
  if (hasErrors(notes)) return err(notes);
  const frozen = freeze(sources, playbook.value, inventory.value, connections, login, extra.value);
  for (const text of secretsIn(playbook.value, values.value)) edges.secrets.add(text);
  return ok({ plan: plan.value, connections, frozen, notes: [...inventory.value.notes, ...notes] });
}

/** Encrypted values and templates are found where the plan asks for them. */
function withUsableVars(inventory: Inventory, unusable: Diagnostic[]): Inventory {
  const hosts = inventory.hosts.map((host) =>
    usableHost(host, (problem) => {
      unusable.push(problem);
    }),
  );
  return { ...inventory, hosts };
}

/** A variable that cannot be used is not also called missing: one mistake, one finding. */
function withoutEchoes(
  problems: readonly Diagnostic[],
  unusable: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (unusable.length === 0) return problems;
  return problems.filter(({ code }) => code !== 'missing-value' && code !== 'no-cluster');
}

/** The texts that must never be printed, whatever they slip into. */
function secretsIn(playbook: CheckedPlaybook, values: Values): readonly Secret[] {
  const names = [...playbook.vars.values()].filter((one) => one.type === 'secret');
  const texts = [...values.values()].flatMap((own) => names.map(({ name }) => own[name]));
  return texts.flatMap((text) => (typeof text === 'string' ? [new Secret(text)] : []));
}

function hostsOf(plan: Plan): ReadonlySet<HostName> {
  const named = tasksOf(plan).flatMap((task) => task.hosts.map((host) => placeOf(task, host)));
  return new Set([...plan.lockHosts, ...named]);
}
