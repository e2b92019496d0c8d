import Type, { type Static } from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { type EtcdMember, type EtcdStatus, isNoAnswer } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { refuseToBegin, walThatStays } from './etcd/aside.js';
import { memberAt } from './etcd/joining.js';
import { accessOf, MemberFacts } from './etcd/member.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'The facts of this host.' }),
  others: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'The facts of the hosts whose cluster it is to join.',
  }),
});

/** May this host join? Asked of the cluster from here, with this host's own certificates. */
export const etcdJoinCheck = defineModule({
  name: 'etcd_join_check',
  summary:
    'Asks the living cluster from this host whether it is a member, and what its own etcd belongs to.',
  example: `
- name: Look whether it is a member already
  etcd_join_check:
    member: \${{ results.etcd }}
    others: >-
      \${{ play.hosts.filter(h, h.name != host.name)
      .map(h, h.results.etcd) }}
  register: join
`,
  place: 'host',
  args,
  result: Type.Object({
    is_member: Type.Boolean({ description: 'It runs as a member of that cluster: nothing to do.' }),
    cluster_id: Type.String(),
    own_cluster_id: Type.String({ description: 'Empty: its etcd does not run, or says nothing.' }),
    message: Type.String(),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member, others }, ask) {
    const [other] = others;
    if (other === undefined) return err(nobodyThere());
    const endpoint = other.client_urls[0] ?? other.endpoint;
    const seen = await ask.host({
      list: { kind: 'etcd-members', access: accessOf(member, endpoint) },
      own: { kind: 'etcd-status', access: accessOf(member) },
    });
    if (!seen.ok) return seen;
    const { list } = seen.value;
    if (isNoAnswer(list)) return err(silent(other, endpoint, list.detail));
    const own = isNoAnswer(seen.value.own) ? null : seen.value.own;
    const entry = memberAt(list.members, member);
    const isMember = entry !== null && own !== null && belongs(own, entry, list.clusterId);
    if (entry !== null && !isMember) return err(listedAndNotThere(member, entry));
    const cannot = isMember ? null : refuseToBegin(member);
    if (cannot !== null) return err(cannot);
    const namesake = list.members.find((one) => one.name === member.name && one !== entry);
    if (namesake !== undefined) return err(nameTaken(member, namesake));
    const ids = { cluster_id: list.clusterId, own_cluster_id: own?.clusterId ?? '' };
    return ok({ is_member: isMember, ...ids, message: messageOf(member, isMember, ids) });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function belongs(own: EtcdStatus, { id, name }: EtcdMember, cluster: string): boolean {
  return own.clusterId === cluster && own.memberId === id && name !== '';
}

function messageOf(
  member: Static<typeof args>['member'],
  isMember: boolean,
  ids: { readonly cluster_id: string; readonly own_cluster_id: string },
): string {
  const { host, data_dir, running } = member;
  if (isMember) return `${host} is a member of cluster ${ids.cluster_id} already.`;
  const what =
    ids.own_cluster_id === ''
      ? running
        ? `etcd runs on ${host} and says nothing`
        : `no etcd runs on ${host}`
      : `etcd on ${host} is of cluster ${ids.own_cluster_id}`;
  const stays = walThatStays(member);
  const wal =
    stays === null
      ? ''
      : ` Its WAL lies behind a link, and etcd makes a directory in the link’s place: the old one stays in ${stays}.`;
  return `${what}, and no member of ${ids.cluster_id}: ${data_dir} is put aside and kept, and it joins as a new member.${wal}`;
}

function nobodyThere(): Failure {
  const next = 'name a host that is to join the others: -e member=HOST';
  return refused('no-cluster', 'there is no other host whose cluster could be joined', next);
}

function silent({ host }: MemberFacts, endpoint: string, detail: string): Failure {
  const message = `the member on ${host} does not answer from here (${endpoint})`;
  const next =
    'see whether this host reaches its client port, and whether its certificates are of the same CA';
  return refused('cluster-silent', message, next, detail);
}

function listedAndNotThere({ host }: MemberFacts, { id, name }: EtcdMember): Failure {
  const called = name === '' ? 'a member that never started' : `the member ${name}`;
  const message = `the cluster lists ${called} at the address of ${host}, and its etcd is not that member`;
  const next = `if its data is lost: etcdctl member remove ${id} on another member, then run this again`;
  return refused('listed-not-running', message, next);
}

function nameTaken({ host, name }: MemberFacts, { id, peerUrls }: EtcdMember): Failure {
  const message = `${host} is called ${name}, and so is the member ${id} at ${peerUrls.join(' ')}`;
  const next = `remove that one when it is the same host at an old address: etcdctl member remove ${id}`;
  return refused('member-twice', message, next);
}
