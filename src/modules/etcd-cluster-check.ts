import Type, { type Static } from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { type EtcdMembers, isNoAnswer } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import {
  bearsText,
  type FencedHost,
  fencedAmong,
  fencedArgument,
  leftOutText,
  quorumOf,
} from './etcd/fenced.js';
import { accessOf, MemberFacts } from './etcd/member.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'The facts of every host: ${{ play.hosts.map(h, h.results.NAME) }}.',
  }),
  require_healthy: Type.Optional(
    Type.Boolean({ description: 'Refuse unless every member answers. Default: false.' }),
  ),
  fenced: fencedArgument,
});

type Given = Static<typeof args>;

/** Are these hosts the whole cluster? Asked of the manifests always, and of etcd wherever it answers. */
export const etcdClusterCheck = defineModule({
  name: 'etcd_cluster_check',
  summary: 'Compares the members in the inventory with each other and with what etcd itself says.',
  example: `
- name: Check that these hosts are the whole cluster, and healthy
  etcd_cluster_check:
    member: \${{ results.etcd }}
    members: \${{ play.hosts.map(h, h.results.etcd) }}
    require_healthy: true
`,
  place: 'host',
  args,
  result: Type.Object({
    live: Type.Boolean({ description: 'This host’s member answered.' }),
    cluster_id: Type.String({ description: 'Empty when it did not.' }),
    members: Type.Integer(),
    quorum: Type.Integer(),
    message: Type.Optional(
      Type.String({ description: 'Who is left out, and how many more losses are borne.' }),
    ),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const { member, members, require_healthy = false, fenced = [] } = given;
    const contradiction = contradictionIn(members);
    if (contradiction !== null) return err(contradiction);
    const none = { live: false, cluster_id: '' };
    const size = sizeOf(given, members.length);
    if (!member.running) {
      return require_healthy ? err(notRunning(member.host)) : ok({ ...none, ...size });
    }
    const access = accessOf(member);
    const seen = await ask.host({
      list: { kind: 'etcd-members', access },
      alarms: { kind: 'etcd-alarms', access },
      status: { kind: 'etcd-status', access },
    });
    if (!seen.ok) return seen;
    const { list, alarms, status } = seen.value;
    if (isNoAnswer(list) || isNoAnswer(status) || isNoAnswer(alarms)) {
      const silent = [list, status, alarms].find(isNoAnswer);
      if (!require_healthy) return ok({ ...none, ...size });
      return err(noMajority(members, fenced) ?? noAnswer(silent?.detail ?? ''));
    }
    const disagreement =
      compare(list, members, fenced, require_healthy) ??
      (require_healthy ? notStarted(list) : null);
    if (disagreement !== null) return err(disagreement);
    // A restore is often the way out of an alarm; a backup of such a cluster is not one to rely on.
    if (alarms.alarms.length > 0 && require_healthy) return err(alarmed(alarms.alarms));
    const now = require_healthy ? sizeOf(given, list.members.length) : size;
    return ok({ live: true, cluster_id: status.clusterId, ...now });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

/** Of the cluster that lives, which may still count those who are left out; or of the one that is to be. */
function sizeOf({ members, require_healthy = false, fenced = [] }: Given, all: number) {
  const quorum = quorumOf(all);
  const size = { members: members.length, quorum };
  if (fenced.length === 0) return size;
  const few = members.length === 1 ? 'member' : 'members';
  const have = require_healthy
    ? `${members.length} of ${all} members are here`
    : `the restored cluster has ${members.length} ${few}`;
  const borne = bearsText(members.length, quorum);
  const message = `${leftOutText(fenced)}: ${have}, the quorum is ${quorum}, ${borne}.`;
  return { ...size, message };
}

/** Two hosts with one name or one peer URL would be restored into each other. */
function contradictionIn(members: readonly MemberFacts[]): Failure | null {
  for (const [what, values] of [
    ['name', members.map((member) => member.name)],
    ['peer URL', members.flatMap((member) => member.peer_urls)],
  ] as const) {
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice === undefined) continue;
    const message = `two hosts have the same etcd ${what}: ${twice}`;
    return refused('member-twice', message, 'look at their manifests: each member is its own');
  }
  const silent = members.find((member) => member.peer_urls.length === 0);
  if (silent === undefined) return null;
  const message = `the manifest of ${silent.host} has no --initial-advertise-peer-urls`;
  return refused('no-peer-url', message, 'add it: the restore is made from it');
}

/** A host that etcd does not list is no danger to a restore, which makes it a member again. */
function compare(
  live: EtcdMembers,
  members: readonly MemberFacts[],
  fenced: readonly FencedHost[],
  isWhole: boolean,
): Failure | null {
  const urlsOf = ({ peer_urls, former_peer_urls = [] }: MemberFacts) => [
    ...peer_urls,
    ...former_peer_urls,
  ];
  const known = new Set(members.flatMap(urlsOf));
  const strangers = live.members.filter(({ peerUrls }) => !peerUrls.some((url) => known.has(url)));
  const leftOut = [...fencedAmong(strangers, fenced).values()];
  const learner = live.members.find((one) => one.isLearner && !leftOut.includes(one));
  if (learner !== undefined) {
    const message = `the member ${learner.name || learner.id} is a learner`;
    const next = 'promote it (etcdctl member promote) or remove it: a restore makes voters only';
    return refused('learner', message, next);
  }
  const seen = new Set(live.members.flatMap((member) => member.peerUrls));
  const extra = strangers.filter((one) => !leftOut.includes(one));
  // One that has moved may have been removed already.
  const missing = members.filter(
    (member) =>
      isWhole && member.new_address === undefined && !member.peer_urls.some((url) => seen.has(url)),
  );
  if (extra.length === 0 && missing.length === 0) return null;
  const lines = [
    ...extra.map(({ name, peerUrls }) => `only in etcd: ${name} ${peerUrls.join(' ')}`),
    ...missing.map(
      ({ host, peer_urls }) => `only in the inventory: ${host} ${peer_urls.join(' ')}`,
    ),
  ];
  const message = `etcd has ${live.members.length} members, and they are not the inventory’s ${members.length}`;
  const next =
    'put the host of every member into the group etcd, or remove the member that is gone';
  return refused('members-disagree', message, next, lines.join('\n'));
}

/** etcd without its majority answers nothing that counts, and there is nothing to wait for. */
function noMajority(
  members: readonly MemberFacts[],
  fenced: readonly FencedHost[],
): Failure | null {
  const quorum = quorumOf(members.length + fenced.length);
  if (fenced.length === 0 || members.length >= quorum) return null;
  const message = `without ${fenced.map(({ name }) => name).join(', ')} there is no majority: ${members.length} members are here, and the quorum is ${quorum}`;
  const next =
    'bring one of them up; or restore the newest backup without them, if they are lost for good';
  return refused('no-majority', message, next);
}

function notStarted({ members }: EtcdMembers): Failure | null {
  const idle = members.find((member) => member.name === '');
  if (idle === undefined) return null;
  const message = `the member ${idle.id} (${idle.peerUrls.join(' ')}) was added and never started`;
  return refused('member-not-started', message, 'start it, or remove it (etcdctl member remove)');
}

function notRunning(host: string): Failure {
  return refused(
    'not-running',
    `no etcd runs on ${host}`,
    'start it first: a backup wants all members',
  );
}

function noAnswer(detail: string): Failure {
  const next = 'look at its log; a backup wants all members healthy';
  return refused('no-answer', 'the member on this host does not answer', next, detail);
}

function alarmed(alarms: readonly string[]): Failure {
  const message = `etcd has raised the alarm ${alarms.join(', ')}`;
  return refused('alarm', message, 'mend its cause, then `etcdctl alarm disarm`');
}
