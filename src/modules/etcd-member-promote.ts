import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { membershipChange, removal } from './etcd/etcdctl.js';
import { listMembers, memberAt } from './etcd/joining.js';
import { MemberFacts } from './etcd/member.js';

const timeoutMs = 30_000;

/** etcd itself refuses a learner that lags: the task is tried again until it takes it. */
export const etcdMemberPromote = defineModule({
  name: 'etcd_member_promote',
  summary: 'Gives a learner its vote; fails while it has not caught up, so give it retries.',
  example: `
- name: Give it a vote
  etcd_member_promote:
    member: \${{ results.etcd }}
    joining: \${{ hosts[vars.member].results.etcd }}
  retries: 60
  delay: 2s
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({
      ...MemberFacts,
      description: 'The facts of this host, whose member is told.',
    }),
    joining: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'The facts of the learner.' }),
  }),
  result: Type.Object({ id: Type.String() }),
  readOnly: false,
  mayAlter: () => [{ kind: 'etcd' }],
  repeatable: true,
  // A vote is not taken back alone: what added the member removes it, learner or not, when it has stopped. But
  // of two voters none can be removed behind the end of the other: then it goes while both still run.
  undo: {
    kind: 'by-cases',
    cases: ({ member, joining }, { otherVoters }: Before) => [
      { when: [], changes: otherVoters > 1 ? [] : [removal(member, joining)] },
    ],
  },

  async probe({ member, joining }, ask) {
    const list = await listMembers(member, ask);
    if (!list.ok) return list;
    const found = memberAt(list.value, joining);
    const otherVoters = list.value.filter((one) => one !== found && !one.isLearner).length;
    return ok<Before>({ id: found?.id ?? null, isLearner: found?.isLearner ?? false, otherVoters });
  },

  plan({ member, joining }, { id, isLearner }) {
    if (id === null) return err(notListed(joining));
    if (!isLearner) return ok([]);
    return ok([membershipChange(member, ['promote', id], timeoutMs)]);
  },

  async verify({ member, joining }, _before, _receipts, ask) {
    const list = await listMembers(member, ask);
    if (!list.ok) return list;
    const found = memberAt(list.value, joining);
    if (found === null) return err(notListed(joining));
    if (!found.isLearner) return ok({ id: found.id });
    const message = `the member on ${joining.host} is still a learner`;
    return err(refused('still-learner', message, 'see its log: it has not caught up'));
  },
  material: () => ({}),
});

type Before = {
  readonly id: string | null;
  readonly isLearner: boolean;
  readonly otherVoters: number;
};

function notListed({ host, peer_urls }: MemberFacts): Failure {
  const message = `the cluster does not list ${host} (${peer_urls.join(' ')})`;
  return refused('not-listed', message, 'add it first: etcd_member_add');
}
