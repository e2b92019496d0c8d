import { isWithin } from './host-path.js';

/**
 * What a change may alter and a question may see. A dry run compares the two: a question that looks
 * at something which an earlier, pending change alters cannot be answered yet, and its step is deferred.
 *
 * `etcd` is the cluster as its members answer, the same for every host; the others belong to one host.
 */
export type Resource =
  /** The path, what lies in it and what holds it. */
  | { readonly kind: 'path'; readonly path: string }
  /** The path alone, whatever lies in it: a directory that is made holds nothing new. */
  | { readonly kind: 'entry'; readonly path: string }
  | { readonly kind: 'process'; readonly name: string }
  /** Whatever runs: what a service starts has any name. */
  | { readonly kind: 'processes' }
  | { readonly kind: 'unit'; readonly name: string }
  | { readonly kind: 'ports' }
  | { readonly kind: 'etcd' }
  | { readonly kind: 'everything' };

export function touches(pending: Resource, seen: Resource): boolean {
  if (pending.kind === 'everything') return true;
  if (pending.kind === 'path' && seen.kind === 'path') {
    return isWithin(seen.path, pending.path) || isWithin(pending.path, seen.path);
  }
  // What happens deep in a directory changes nothing about the directory itself.
  if (pending.kind === 'path' && seen.kind === 'entry') return isWithin(seen.path, pending.path);
  if (pending.kind === 'entry') {
    return (seen.kind === 'path' || seen.kind === 'entry') && seen.path === pending.path;
  }
  if (pending.kind === 'processes') return seen.kind === 'process' || seen.kind === 'processes';
  if (pending.kind === 'process' || pending.kind === 'unit') {
    return seen.kind === pending.kind && pending.name === seen.name;
  }
  return pending.kind === seen.kind && pending.kind !== 'path';
}

/** True for what the whole cluster shares: pending on one host is pending on all. */
export function isShared(resource: Resource): boolean {
  return resource.kind === 'etcd' || resource.kind === 'everything';
}
