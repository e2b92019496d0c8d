import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { isNoAnswer } from '../core/question.js';
import { ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { accessOf, MemberFacts } from './etcd/member.js';

const Status = Type.Object({
  host: Type.String(),
  answers: Type.Boolean(),
  is_leader: Type.Boolean(),
  revision: Type.Integer({ description: '0 when it does not answer.' }),
  version: Type.String(),
  db_size_bytes: Type.Integer(),
});

/** Asked of the member itself, just before it matters: who leads changes by itself. */
export const etcdStatus = defineModule({
  name: 'etcd_status',
  summary: 'Asks the member on this host whether it leads and how far it is.',
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  }),
  result: Status,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member }, ask) {
    const seen = await ask.host({
      status: { kind: 'etcd-status', access: accessOf(member) },
    });
    if (!seen.ok) return seen;
    const { status } = seen.value;
    const { host } = member;
    if (isNoAnswer(status)) {
      const silent = { answers: false, is_leader: false, revision: 0 };
      return ok({ host, ...silent, version: '', db_size_bytes: 0 });
    }
    return ok({
      host,
      answers: true,
      is_leader: status.leaderId !== '0' && status.leaderId === status.memberId,
      revision: status.revision,
      version: status.version,
      db_size_bytes: status.dbSizeBytes,
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
