import type { Places } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import { type EtcdHash, type EtcdStatus, isNoAnswer, type NoAnswer } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { accessOf, type MemberFacts } from './member.js';

/** A follower may be an entry behind: it is asked again, a few times, before it counts as different. */
const looksMax = 6;

interface Given {
  readonly member: MemberFacts;
  readonly members: readonly MemberFacts[];
}

/** The hash at one revision, when all members have the same, asked from this host through their own URLs. */
export async function equalHashes(
  { member, members }: Given,
  own: EtcdStatus,
  ask: Places,
): Promise<Result<EtcdHash, Failure>> {
  const { revision } = own;
  const accesses = members.map((one) => {
    const access = accessOf(member, one.client_urls[0] ?? one.endpoint);
    return [one.host, access] as const;
  });
  const questions = accesses.map(
    ([host, access]) => [host, { kind: 'etcd-hashkv', access, revision } as const] as const,
  );
  let last = none();
  for (let look = 0; look < looksMax; look++) {
    const seen = await ask.host(Object.fromEntries(questions));
    if (!seen.ok) return seen;
    const hashes = Object.entries(seen.value);
    const silent = hashes.find(([, hash]) => isNoAnswer(hash)) as [string, NoAnswer] | undefined;
    if (silent !== undefined) {
      last = noHash(silent, revision);
      // A member that is behind says so at once; one that is silent would cost seconds at each look.
      if (silent[1].reason === 'timed-out') return err(last);
      continue;
    }
    const known = hashes.map(([host, hash]) => ({ host, ...(hash as EtcdHash) }));
    const [first] = known;
    const other = known.find(
      ({ hash, compactRevision }) =>
        hash !== first?.hash || compactRevision !== first.compactRevision,
    );
    if (first !== undefined && other === undefined) return ok(first);
    const lines = known.map(
      ({ host, hash, compactRevision }) => `${host}: ${hash} (compacted at ${compactRevision})`,
    );
    last = differ(`the members do not hold the same data at revision ${revision}`, lines);
  }
  if (last.code !== 'no-hash') return err(last);
  const statuses = accesses.map(
    ([host, access]) => [host, { kind: 'etcd-status', access } as const] as const,
  );
  const seen = await ask.host(Object.fromEntries(statuses));
  return seen.ok ? err(otherHistory(own, Object.entries(seen.value)) ?? last) : seen;
}

/**
 * A member that has come as far in raft's log and is at a lower revision has not done the same writes:
 * it will never catch up.
 */
function otherHistory(
  own: EtcdStatus,
  statuses: readonly (readonly [string, EtcdStatus | NoAnswer])[],
): Failure | null {
  const known = statuses.flatMap(([host, status]) =>
    isNoAnswer(status) ? [] : [{ host, ...status }],
  );
  const other = known.find(
    ({ raftIndex, revision }) => raftIndex >= own.raftIndex && revision < own.revision,
  );
  if (other === undefined) return null;
  const message = `the member on ${other.host} is at revision ${other.revision}, and has done all that led another one to ${own.revision}`;
  const lines = known.map(
    ({ host, revision, raftIndex }) => `${host}: revision ${revision}, raft’s index ${raftIndex}`,
  );
  return differ(message, lines);
}

function differ(message: string, lines: readonly string[]): Failure {
  const next =
    'two histories are mixed, as when a restore with the token of last time missed a member: restore again, on all members';
  return refused('members-differ', message, next, lines.join('\n'));
}

function noHash([host, { detail }]: readonly [string, NoAnswer], revision: number): Failure {
  const message = `the member on ${host} gives no hash at revision ${revision}`;
  return refused('no-hash', message, 'see whether it is up and reached from the others', detail);
}

function none(): Failure {
  return refused('no-answer', 'no member was asked', 'give the facts of every host');
}
