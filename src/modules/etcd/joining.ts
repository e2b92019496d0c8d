import type { Places } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import { type EtcdMember, isNoAnswer } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { accessOf, type MemberFacts } from './member.js';

/** The member list of a cluster that lives, as the member of this host gives it. */
export async function listMembers(
  via: MemberFacts,
  ask: Places,
): Promise<Result<readonly EtcdMember[], Failure>> {
  const seen = await ask.host({ list: { kind: 'etcd-members', access: accessOf(via) } });
  if (!seen.ok) return seen;
  const { list } = seen.value;
  if (!isNoAnswer(list)) return ok(list.members);
  const message = 'the member on this host does not list the members';
  return err(refused('no-answer', message, 'see whether the cluster has a quorum', list.detail));
}

/** A member is known by its peer URLs: it has no name before it has started. */
export function memberAt(
  list: readonly EtcdMember[],
  { peer_urls }: MemberFacts,
): EtcdMember | null {
  return list.find((one) => one.peerUrls.some((url) => peer_urls.includes(url))) ?? null;
}
