import Type, { type Static } from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { type EtcdMember, type EtcdMembers, isNoAnswer } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { equalHashes } from './etcd/equal-hashes.js';
import { fencedAmong, fencedArgument } from './etcd/fenced.js';
import { clusterId, memberId } from './etcd/identity.js';
import { accessOf, MemberFacts } from './etcd/member.js';
import { UNKNOWN_KEYS } from './etcd/record.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'The facts of every host.',
  }),
  fenced: fencedArgument,
  token: Type.Optional(
    Type.String({
      description: 'The token of the restore: the ids that follow from it are demanded.',
    }),
  ),
  content_sha256: Type.Optional(
    Type.String({ description: 'The record’s digest of every key; empty: it is not compared.' }),
  ),
  keys: Type.Optional(
    Type.Integer({ description: 'The record’s number of keys; -1: it is not compared.' }),
  ),
  revision: Type.Optional(
    Type.Integer({ description: 'Where the restored cluster begins: it must not be below.' }),
  ),
  compacted: Type.Optional(
    Type.Boolean({
      description: 'All before that revision must count as compacted: a bump promises it.',
    }),
  ),
});

/** Ids as predicted, all members equal at one revision, and the content that was backed up. */
export const etcdProof = defineModule({
  name: 'etcd_proof',
  summary:
    'Proves that all members are one cluster with equal content, and that it is the backup’s.',
  example: `
- name: Prove that this is the backup, the same on every member
  etcd_proof:
    member: \${{ results.etcd }}
    members: \${{ play.hosts.map(h, h.results.etcd) }}
    token: \${{ run.id }}
    content_sha256: \${{ results.snapshot.record.snapshot.content_sha256 }}
    keys: \${{ results.snapshot.record.snapshot.keys }}
    revision: \${{ results.bump.revision }}
    compacted: \${{ results.bump.amount > 0 }}
`,
  place: 'host',
  args,
  result: Type.Object({
    cluster_id: Type.String(),
    member_id: Type.String(),
    revision: Type.Integer(),
    hashkv: Type.Integer(),
    keys: Type.Integer(),
    content_sha256: Type.String(),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const access = accessOf(given.member);
    const seen = await ask.host({
      status: { kind: 'etcd-status', access },
      list: { kind: 'etcd-members', access },
      content: { kind: 'etcd-content', access },
    });
    if (!seen.ok) return seen;
    const { status, list, content } = seen.value;
    if (isNoAnswer(status)) return err(silent(status.detail));
    if (isNoAnswer(list)) return err(silent(list.detail));
    if (isNoAnswer(content)) return err(silent(content.detail));
    const wrong =
      wrongIds(given, status.clusterId, status.memberId) ??
      wrongMembers(list, given) ??
      noLeader(status.leaderId, list) ??
      wrongContent(given, content.sha256, content.keys) ??
      lowRevision(given, status.revision);
    if (wrong !== null) return err(wrong);
    const equal = await equalHashes(given, status, ask);
    if (!equal.ok) return equal;
    const stale = notCompacted(given, equal.value.compactRevision);
    if (stale !== null) return err(stale);
    return ok({
      cluster_id: status.clusterId,
      member_id: status.memberId,
      revision: status.revision,
      hashkv: equal.value.hash,
      keys: content.keys,
      content_sha256: content.sha256,
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

type Given = Static<typeof args>;

function wrongIds({ member, members, token }: Given, cluster: string, own: string): Failure | null {
  if (token === undefined) return null;
  const ids = members.map((one) => memberId(one.peer_urls, token));
  const predicted = { cluster: clusterId(ids), own: memberId(member.peer_urls, token) };
  if (cluster === predicted.cluster && own === predicted.own) return null;
  const message = `this is not the restored cluster: its id is ${cluster}, and ${predicted.cluster} was restored`;
  const next = 'see which data directory etcd started from';
  return refused('wrong-ids', message, next, `member ${own}, predicted ${predicted.own}`);
}

/** The voting, started members are the inventory's, by their peer URLs: none missing, none besides but those left out. */
function wrongMembers(list: EtcdMembers, given: Given): Failure | null {
  const wanted = new Set(given.members.flatMap((member) => member.peer_urls));
  const isStrange = (one: EtcdMember) => !one.peerUrls.some((url) => wanted.has(url));
  const leftOut = fencedAmong(list.members.filter(isStrange), given.fenced ?? []);
  const members = list.members.filter((one) => ![...leftOut.values()].includes(one));
  const idle = members.filter((member) => member.name === '' || member.isLearner);
  const strange = members.filter(isStrange);
  const isWhole = members.length === given.members.length;
  if (isWhole && idle.length === 0 && strange.length === 0) return null;
  const shown = members.map((member) => {
    const name = member.name || `${member.id} (not started)`;
    return `${name}${member.isLearner ? ' (learner)' : ''}`;
  });
  const hosts = given.members.map((member) => member.host).join(', ');
  const message = `the cluster has the members ${shown.join(', ')}, and voting ones on ${hosts} are wanted`;
  return refused('members-disagree', message, 'see why a member is missing or not started');
}

function noLeader(leader: string, { members }: EtcdMembers): Failure | null {
  if (members.some((member) => member.id === leader)) return null;
  const message =
    leader === '0'
      ? 'this member knows no leader'
      : `this member follows ${leader}, and that is none of the members`;
  return refused('no-leader', message, 'see whether the members reach each other’s peer port');
}

function wrongContent(given: Given, sha256: string, keys: number): Failure | null {
  const isPromised = given.keys !== undefined && given.keys !== UNKNOWN_KEYS;
  if (isPromised && given.keys !== keys) {
    const message = `this member holds ${keys} keys, and the backup ${given.keys}`;
    return refused('keys-differ', message, 'do not use this cluster: it is not what was backed up');
  }
  const promised = given.content_sha256 ?? '';
  if (promised === '' || promised === sha256) return null;
  const message = 'this member’s content is not what was backed up';
  const detail = `backed up ${promised}\nhere      ${sha256}`;
  return refused('content-differs', message, 'do not use this cluster', detail);
}

function lowRevision({ revision }: Given, now: number): Failure | null {
  if (revision === undefined || now >= revision) return null;
  const message = `this member is at revision ${now}, and the restored cluster begins at ${revision}`;
  return refused('revision-low', message, 'do not use this cluster: clients have seen more');
}

function notCompacted({ revision = 0, compacted }: Given, at: number): Failure | null {
  if (compacted !== true || at >= revision) return null;
  const message = `the members are compacted at revision ${at}, and ${revision} was marked`;
  return refused('not-compacted', message, 'do not use this cluster: clients would miss changes');
}

function silent(detail: string): Failure {
  return refused('no-answer', 'the member on this host does not answer', 'look at its log', detail);
}
