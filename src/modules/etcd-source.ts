import Type from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';

interface Seen {
  readonly host: string;
  readonly answers: boolean;
  readonly is_leader: boolean;
  readonly revision: number;
}

/** A snapshot does not go through the quorum: of a member that lags it would be old. */
export const etcdSource = defineModule({
  name: 'etcd_source',
  summary: 'Chooses the member to take the snapshot from: the leader, else the highest revision.',
  example: `
- name: Choose the member to take the snapshot from
  etcd_source:
    statuses: \${{ play.hosts.map(h, h.results.status) }}
`,
  place: 'controller',
  args: argumentsOf({
    statuses: Type.Array(Type.Unsafe<Seen>(Type.Object({})), {
      description: 'What etcd_status found on every host.',
    }),
  }),
  result: Type.Object({ host: Type.String(), why: Type.String() }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ statuses }) {
    const answering = statuses.filter((status) => status.answers);
    const leader = answering.find((status) => status.is_leader);
    if (leader !== undefined) return ok({ host: leader.host, why: 'it leads' });
    const [best] = answering.toSorted(
      (a, b) => b.revision - a.revision || (a.host < b.host ? -1 : 1),
    );
    if (best !== undefined) return ok({ host: best.host, why: 'its revision is the highest' });
    const message = 'no member answers, so no snapshot can be taken';
    return err(refused('no-source', message, 'bring at least one member up'));
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
