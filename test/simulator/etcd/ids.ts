import { createHash } from 'node:crypto';

/**
 * etcd's own formula, written here a second time on purpose: a prediction that is compared with itself
 * proves nothing. (etcd, server/etcdserver/api/membership/member.go and cluster.go)
 */
export function idOfMember(peerUrls: readonly string[], token: string): string {
  return firstEight(Buffer.from([...peerUrls].sort().join('') + token));
}

export function idOfCluster(memberIds: readonly string[]): string {
  const sorted = memberIds.map((id) => id.padStart(16, '0')).sort();
  return firstEight(Buffer.from(sorted.join(''), 'hex'));
}

function firstEight(bytes: Buffer): string {
  const digest = createHash('sha1').update(bytes).digest('hex').slice(0, 16);
  return digest.replace(/^0+(?=.)/, '');
}
