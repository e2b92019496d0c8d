/**
 * A restored cluster begins at the snapshot's revision, behind what its clients have seen: a watch that
 * was at a later one waits in silence for it to come again, and misses all changes until then. Raised
 * above everything that was seen, and with all before it marked as compacted, the cluster tells such a
 * client to read everything anew. (etcd-io/etcd#16028, kubernetes/kubernetes#118501)
 */

/** A week of 1,500 writes a second, as etcd's own guide to disaster recovery counts. */
const amountMin = 1_000_000_000;

/** The first patch release of each minor version whose `snapshot restore` can do it; 3.6 always could. */
const FIRST_PATCH: { readonly [minor: string]: number } = { '3.4': 27, '3.5': 10 };

/** Words for people: which tools can. */
export const TOOLS_THAT_CAN = '3.4.27, 3.5.10 and 3.6.0 can';

export function canBump(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number);
  const first = FIRST_PATCH[`${major}.${minor}`];
  if (first !== undefined) return patch >= first;
  return major > 3 || (major === 3 && minor >= 6);
}

/** `liveRevision` is the highest that any member has come to; 0 when nobody knows. */
export function bumpAmount(liveRevision: number, snapshotRevision: number): number {
  const since = Math.max(0, liveRevision - snapshotRevision);
  return Math.max(amountMin, Math.ceil(since * 1.2));
}
