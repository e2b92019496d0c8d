import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { accessOf, MemberFacts } from './etcd/member.js';
import { EtcdLeftovers } from './kube/look.js';

const MASTERS = '/registry/masterleases/';

/** Names of keys and a number: no value is read. */
export const etcdLeftovers = defineModule({
  name: 'etcd_leftovers',
  summary:
    'Asks etcd which addresses it holds for API servers, and how many leases began anew with the restore.',
  example: `
- name: Ask etcd what the API servers of then have left
  etcd_leftovers:
    member: \${{ results.etcd }}
  run_once: true
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  }),
  result: EtcdLeftovers,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member }, ask) {
    const access = accessOf(member);
    const seen = await ask.host({
      masters: { kind: 'etcd-keys', access, below: MASTERS },
      leases: { kind: 'etcd-leases', access },
    });
    if (!seen.ok) return seen;
    const { masters, leases } = seen.value;
    return ok({
      masters: 'reason' in masters ? null : masters.keys.map((key) => key.slice(MASTERS.length)),
      leases: 'reason' in leases ? null : leases.count,
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
