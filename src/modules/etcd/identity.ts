import { sha1 } from '../../core/hash.js';

/**
 * The ids that etcd gives a new cluster, so that a restore can be predicted. A member's id is the first
 * 8 bytes of SHA-1 over its sorted peer URLs and the token; the cluster's is the same over all member
 * ids in ascending order. Names do not count. (etcd, server/etcdserver/api/membership/member.go and
 * cluster.go)
 */
export function memberId(peerUrls: readonly string[], token: string): string {
  const text = [...peerUrls].sort().join('') + token;
  return hex(firstEight(sha1(new TextEncoder().encode(text))));
}

export function clusterId(memberIds: readonly string[]): string {
  const sorted = memberIds.map((id) => BigInt(`0x${id}`)).sort((a, b) => (a < b ? -1 : 1));
  const bytes = new Uint8Array(sorted.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, id] of sorted.entries()) view.setBigUint64(index * 8, id);
  return hex(firstEight(sha1(bytes)));
}

function firstEight(digest: Uint8Array): bigint {
  return new DataView(digest.buffer, digest.byteOffset, 8).getBigUint64(0);
}

/** As etcd prints ids: hexadecimal without leading zeros. */
function hex(id: bigint): string {
  return id.toString(16);
}
