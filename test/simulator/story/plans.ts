import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../src/core/json.js';
import type { Plan } from '../../../src/core/plan.js';
import { parseInventory } from '../../../src/inventory/index.js';
import { catalogue } from '../../../src/modules/index.js';
import { type ExtraValue, makePlan, resolveValues } from '../../../src/plan/index.js';
import { parsePlaybook } from '../../../src/playbook/index.js';
import type { Place } from './manifests.js';

export const CLUSTER = 'simulated';
export const DIRECTORY = '/ops';
export const SNAPSHOT = `${DIRECTORY}/backups/before/snapshot.db`;

export const WORKERS: readonly Place[] = [
  { name: 'w1', address: '192.0.2.31' },
  { name: 'w2', address: '192.0.2.32' },
];

export type Playbook = 'restore' | 'backup';

const made = new Map<string, Plan>();

/** The shipped playbook, through the real reader, for so many hosts. Parsed once: a plan is pure. */
export function planOf(playbook: Playbook, places: readonly Place[]): Plan {
  const name = `${playbook} ${places.length}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const file = `playbooks/${playbook}.yml`;
  const read = must(parsePlaybook({ file, text: readFileSync(file, 'utf8') }, catalogue));
  const hosts = hostsOf(places);
  // The first is a worker as well, as it may be in an inventory of Kubespray's.
  const nodes = hostsOf([...places.slice(0, 1), ...WORKERS]);
  const vars = { runback_cluster: CLUSTER };
  const text = JSON.stringify({
    all: {
      vars,
      children: { etcd: { hosts }, kube_control_plane: { hosts }, kube_node: { hosts: nodes } },
    },
  });
  const inventory = must(parseInventory([{ file: 'inventory', text }]));
  const values = must(
    resolveValues({
      playbook: read,
      inventory,
      extra: extraFor(playbook),
      environment: {},
      run: { id: 'unused', started: '', user: '' },
      directory: DIRECTORY,
    }),
  );
  const plan = must(makePlan({ playbook: read, inventory, values, limit: null }));
  made.set(name, plan);
  return plan;
}

function hostsOf(places: readonly Place[]): JsonObject {
  return Object.fromEntries(places.map(({ name, address }) => [name, { ansible_host: address }]));
}

function extraFor(playbook: Playbook): ReadonlyMap<string, ExtraValue> {
  if (playbook === 'backup') return new Map();
  const at = { file: '-e', line: 1, column: 1 };
  return new Map([['snapshot', { value: SNAPSHOT, at, isText: true }]]);
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
}
