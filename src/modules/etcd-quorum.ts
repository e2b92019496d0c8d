import Type from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import { accessOf, MemberFacts } from './etcd/member.js';

/** Waiting for the health of ONE member before the others are started never ends: start all, then wait. */
export const etcdQuorum = defineModule({
  name: 'etcd_quorum',
  summary: 'Waits until the member on this host answers a read that needs the quorum.',
  example: `
- name: Wait for the quorum
  etcd_quorum:
    member: \${{ results.etcd }}
    within: 60s
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
    within: duration('How long it may take. Default: 60s.'),
  }),
  result: Type.Object({ waited_ms: Type.Integer() }),
  readOnly: true,
  downtime: () => 'ends',
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member, within }, ask) {
    const timeoutMs = milliseconds(within, 60);
    const waited = await ask.host({
      healthy: { kind: 'wait-etcd-healthy', access: accessOf(member), timeoutMs },
    });
    if (!waited.ok) return waited;
    const { healthy } = waited.value;
    if (healthy.reached) return ok({ waited_ms: healthy.waitedMs });
    const message = `the member is not healthy after ${timeoutMs / 1_000} s`;
    const next =
      'see /var/log/pods on this host, and whether the members reach each other’s port 2380';
    return err(refused('no-quorum', message, next, healthy.lastSeen));
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
