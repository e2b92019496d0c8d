import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import type { EtcdMember } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { membershipChange, removal } from './etcd/etcdctl.js';
import { listMembers, memberAt } from './etcd/joining.js';
import { MemberFacts } from './etcd/member.js';

const timeoutMs = 60_000;

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({
    ...MemberFacts,
    description: 'The facts of this host, whose member is told.',
  }),
  joining: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'The facts of the new one.' }),
});

/**
 * As a learner: it has no vote until it has all data, so that a member that never starts costs nothing. A
 * voter that is added to one or two and does not start would take the quorum away.
 */
export const etcdMemberAdd = defineModule({
  name: 'etcd_member_add',
  summary:
    'Tells the living cluster of a new member, as a learner; taken back, it is removed again.',
  example: `
- name: Tell the cluster of the new member
  etcd_member_add:
    member: \${{ results.etcd }}
    joining: \${{ hosts[vars.member].results.etcd }}
  when: results.source.host == host.name
`,
  place: 'host',
  args,
  result: Type.Object({
    id: Type.String({ description: 'The new member’s id in the cluster.' }),
    peer_urls: Type.Array(Type.String()),
  }),
  readOnly: false,
  mayAlter: () => [{ kind: 'etcd' }],
  // A second one of the same peer URLs is refused by etcd itself, and by a look before.
  repeatable: true,
  undo: {
    kind: 'by-cases',
    cases: ({ member, joining }) => [{ when: [], changes: [removal(member, joining)] }],
  },

  async probe({ member, joining }, ask) {
    const list = await listMembers(member, ask);
    if (!list.ok) return list;
    const learner = list.value.find(({ isLearner, peerUrls }) => {
      return isLearner && !peerUrls.some((url) => joining.peer_urls.includes(url));
    });
    if (learner !== undefined) return err(otherLearner(learner));
    return ok({ id: memberAt(list.value, joining)?.id ?? null });
  },

  plan({ member, joining }, { id }) {
    if (id !== null) return ok([]);
    const urls = joining.peer_urls.join(',');
    const words = ['add', joining.name, '--learner', `--peer-urls=${urls}`];
    return ok([membershipChange(member, words, timeoutMs)]);
  },

  async verify({ member, joining }, _before, _receipts, ask) {
    const list = await listMembers(member, ask);
    if (!list.ok) return list;
    const added = memberAt(list.value, joining);
    if (added !== null) return ok({ id: added.id, peer_urls: [...added.peerUrls] });
    const message = `the cluster does not list ${joining.peer_urls.join(' ')}`;
    return err(refused('not-added', message, 'see the log of the member on this host'));
  },
  material: ({ id }) => ({ isListed: id !== null }),
});

function otherLearner({ id, name }: EtcdMember): Failure {
  const message = `${name || id} is a learner, and etcd takes one at a time`;
  return refused('learner', message, 'promote it or remove it first');
}
