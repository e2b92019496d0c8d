import { initialCluster, type MemberFacts } from './member.js';

/** Flags without their dashes, and what each is to be. */
export type Flags = { readonly [flag: string]: string };

/** Whom a member that has no data starts with, and whether they live already; without `state` as it is written. */
export function startFlags(members: readonly MemberFacts[], state?: 'new' | 'existing'): Flags {
  const list = { 'initial-cluster': initialCluster(members) };
  return state === undefined ? list : { ...list, 'initial-cluster-state': state };
}

export function sameFlags(
  is: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): boolean {
  return is.size === wanted.size && [...wanted].every(([flag, value]) => is.get(flag) === value);
}

/** `initial-cluster` → `ETCD_INITIAL_CLUSTER`: the variable of etcd’s environment that says the same. */
export function variableOf(flag: string): string {
  return `ETCD_${flag.toUpperCase().replaceAll('-', '_')}`;
}
