import type { Inventory } from '../core/inventory.js';
import type { Json, JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Scope } from '../core/plan.js';
import type { CheckedTask } from '../playbook/checked.js';
import type { Values } from './values.js';

/** What a task's expressions are evaluated against, beside what the run itself finds out. */
export interface Surroundings {
  readonly inventory: Inventory;
  /** What is known of every host of the inventory, made once. */
  readonly identities: ReadonlyMap<HostName, JsonObject>;
  readonly values: Values;
  /** The play's hosts, those of later batches too. */
  readonly playHosts: readonly HostName[];
  /** Hosts that --without leaves out. */
  readonly without: readonly HostName[];
}

/** What expressions may read. A root is put together when it is first read: most are not. */
export type Roots = { readonly [root: string]: Json };

/** Everything that an expression of the task may see from one host. */
export function rootsFor(task: CheckedTask, scope: Scope, around: Surroundings): Roots {
  const view = (host: HostName): JsonObject => ({
    ...hostView(host, around),
    results: resultsOn(task.reads, scope, host),
  });
  const own = ownHost(scope.host, around);
  return lazily({
    ...knownBefore(own, around, view),
    results: () => resultsOn(task.reads, scope, scope.host),
    run: () => ({ ...scope.run, without: leftOut(around) }),
    ...(scope.item === undefined ? {} : { item: () => scope.item as Json }),
  });
}

/** What `delegate_to` may see: all that is known before any connection. */
export function rootsBefore(host: HostName, around: Surroundings): Roots {
  return lazily(knownBefore(host, around, (one) => hostView(one, around)));
}

/** A step of the controller sees the variables of the play's first host. */
function ownHost(host: HostName, { playHosts }: Surroundings): HostName {
  return host === CONTROLLER ? (playHosts[0] ?? host) : host;
}

type Makers = { readonly [root: string]: () => Json };

function knownBefore(
  own: HostName,
  around: Surroundings,
  view: (host: HostName) => JsonObject,
): Makers {
  const { inventory, identities, values, playHosts } = around;
  return {
    vars: () => values.get(own) ?? {},
    host: () => identities.get(own) ?? {},
    play: () => ({ hosts: playHosts.map(view) }),
    hosts: () => Object.fromEntries(playHosts.map((host) => [host, view(host)])),
    groups: () => Object.fromEntries(inventory.groups),
  };
}

/** Those who are left out, as `run.without` gives them. */
function leftOut({ without, identities }: Surroundings): readonly JsonObject[] {
  return without.map((host) => identities.get(host) ?? {});
}

function lazily(makers: Makers): Roots {
  const roots: { [root: string]: Json } = {};
  for (const [root, make] of Object.entries(makers)) {
    let made: Json | undefined;
    Object.defineProperty(roots, root, { get: () => (made ??= make()) });
  }
  return roots;
}

function hostView(host: HostName, { identities, values }: Surroundings): JsonObject {
  return { ...identities.get(host), vars: values.get(host) ?? {} };
}

function resultsOn(registers: readonly string[], scope: Scope, host: HostName): JsonObject {
  const known = registers.flatMap((register) => {
    const record = scope.registered(register, host);
    return record === undefined ? [] : [[register, record] as const];
  });
  return Object.fromEntries(known);
}

/** The name, the address and the groups of each host, as `host` and `play.hosts` give them. */
export function identitiesOf(inventory: Inventory): ReadonlyMap<HostName, JsonObject> {
  return new Map(
    inventory.hosts.map(({ name, groups, vars }) => {
      const address = String(vars.get('ansible_host')?.value ?? name);
      return [name, { name, address, groups }];
    }),
  );
}
