import type { Diagnostic } from '../../src/core/diagnostic.js';
import type { Inventory } from '../../src/core/inventory.js';
import type { Json } from '../../src/core/json.js';
import type { HostName, RunId } from '../../src/core/names.js';
import { type Plan, type Scope, type Task, tasksOf } from '../../src/core/plan.js';
import { err, type Result } from '../../src/core/result.js';
import { parseInventory } from '../../src/inventory/index.js';
import {
  EVERYTHING,
  type ExtraValue,
  makePlan,
  resolveValues,
  type Selection,
  type Values,
} from '../../src/plan/index.js';
import { accepted } from '../playbook/read.js';

export const HOSTS = `
all:
  vars: {runback_cluster: prod}
  children:
    etcd: {hosts: {cp1: {ansible_host: 10.0.0.1}, cp2: , cp3: }}
    workers: {hosts: {w1: , w2: }}
    none: {}
`;

export function inventoryOf(text: string): Inventory {
  const inventory = parseInventory([{ file: 'hosts.yml', text }]);
  if (!inventory.ok) throw new Error(inventory.error.map(({ message }) => message).join('\n'));
  return inventory.value;
}

export interface Given {
  readonly inventory?: string;
  readonly e?: { readonly [name: string]: string };
  readonly varsFile?: { readonly [name: string]: Json };
  readonly env?: { readonly [name: string]: string };
  readonly limit?: string;
  readonly without?: readonly string[];
  readonly selection?: Partial<Selection>;
}

export function valuesOf(text: string, given: Given = {}): Result<Values, readonly Diagnostic[]> {
  const at = (file: string) => ({ file, line: 1, column: 1 });
  const extra = new Map<string, ExtraValue>();
  for (const [name, value] of Object.entries(given.varsFile ?? {})) {
    extra.set(name, { value, at: at('vars.yml'), isText: false });
  }
  for (const [name, value] of Object.entries(given.e ?? {})) {
    extra.set(name, { value, at: at('-e'), isText: true });
  }
  return resolveValues({
    playbook: accepted(text),
    inventory: inventoryOf(given.inventory ?? HOSTS),
    extra,
    environment: given.env ?? {},
    run: { id: 'r1', started: '2026-01-02T03:04:05Z', user: 'ops' },
    directory: '/work',
  });
}

export function planOf(text: string, given: Given = {}): Result<Plan, readonly Diagnostic[]> {
  const values = valuesOf(text, given);
  if (!values.ok) return err(values.error);
  return makePlan({
    playbook: accepted(text),
    inventory: inventoryOf(given.inventory ?? HOSTS),
    values: values.value,
    limit: given.limit ?? null,
    without: given.without ?? [],
    selection: { ...EVERYTHING, ...given.selection },
  });
}

export function planned(text: string, given: Given = {}): Plan {
  const plan = planOf(text, given);
  if (!plan.ok) throw new Error(plan.error.map(({ message }) => message).join('\n'));
  return plan.value;
}

/** What is wrong: `FILE:LINE:COLUMN code`. */
export function refusedFor(result: Result<unknown, readonly Diagnostic[]>): readonly string[] {
  if (result.ok) return [];
  return result.error.map(({ at, code }) => `${at.file}:${at.line}:${at.column} ${code}`);
}

export function taskOf(plan: Plan, index = 0): Task {
  const task = tasksOf(plan)[index];
  if (task === undefined) throw new Error('no such task');
  return task;
}

/** What a host's expressions see, with these results of every host. */
export function scopeOf(
  host: string,
  results: { readonly [register: string]: Json } = {},
  item?: Json,
): Scope {
  return {
    host: host as HostName,
    run: {
      id: 'r1' as RunId,
      started: '2026-01-02T03:04:05Z',
      accepted: [],
      reason: '',
      user: 'ops',
    },
    registered: (register) => results[register],
    ...(item === undefined ? {} : { item }),
  };
}
