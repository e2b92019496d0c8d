import Type, { type Static } from 'typebox';
import { refused } from '../core/failure.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import { ofMember } from './etcd/known-by.js';
import { asPod, memberPlaces, unitOf } from './etcd/member-places.js';
import { anywhere, isUp, seeUnit } from './etcd/unit/member-unit.js';
import { staticPodsGone } from './static-pods-gone.js';

const args = argumentsOf({
  ...memberPlaces,
  within: duration('How long it may take. Default: 90s.'),
  end_after: duration('As static_pods_gone has it; a unit is stopped by systemd itself.'),
});

/** Judged by who runs and who listens, on this host; the barrier makes it all hosts. */
export const etcdMemberGone = defineModule({
  name: 'etcd_member_gone',
  summary:
    'Waits until no etcd runs on this host and none of its member’s ports is listened on, whoever ran it.',
  example: `
- name: Prove that etcd is gone on every host
  etcd_member_gone:
    member: \${{ results.etcd }}
    manifests_dir: \${{ vars.manifests_dir }}
    parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({ waited_ms: Type.Integer() }),
  readOnly: false,
  mayAlter: (given) => (isPod(given) ? (staticPodsGone.mayAlter?.(podsOf(given)) ?? []) : []),
  gives: () => ['gone:etcd'],
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    if (isPod(given)) {
      const pods = await staticPodsGone.probe(podsOf(given), ask);
      return pods.ok ? ok<Before>({ by: 'kubelet', pods: pods.value }) : pods;
    }
    const unit = unitOf(given.member) ?? '';
    const seen = await seeUnit(unit, ask);
    if (!seen.ok) return seen;
    if (isUp(seen.value.active)) {
      const next = `stop it first, and see who starts it: systemctl status ${unit}`;
      return err(refused('not-stopped', `${unit} is ${seen.value.active}`, next));
    }
    const timeoutMs = milliseconds(given.within, 90);
    const ports = anywhere(given.member.ports);
    const waited = await ask.host({
      gone: {
        kind: 'wait-gone',
        processes: ['etcd'],
        ports,
        ...ofMember(given.member.known_by),
        timeoutMs,
      },
    });
    if (!waited.ok) return waited;
    const { gone } = waited.value;
    if (gone.reached) return ok<Before>({ by: 'systemd', waitedMs: gone.waitedMs });
    const message = `still there after ${timeoutMs / 1_000} s: ${gone.lastSeen}`;
    return err(refused('not-gone', message, `see who started it: systemctl status ${unit}`));
  },

  plan: (given, before) =>
    before.by === 'kubelet' ? staticPodsGone.plan(podsOf(given), before.pods) : ok([]),

  async verify(given, before, receipts, ask) {
    if (before.by === 'systemd') return ok({ waited_ms: before.waitedMs });
    const gone = await staticPodsGone.verify(podsOf(given), before.pods, receipts, ask);
    return gone.ok ? ok({ waited_ms: gone.value.waited_ms }) : gone;
  },
  material: () => ({}),
});

type SeenPods = Parameters<typeof staticPodsGone.plan>[1];

type Before =
  | { readonly by: 'kubelet'; readonly pods: SeenPods; readonly [key: string]: Json }
  | { readonly by: 'systemd'; readonly waitedMs: number; readonly [key: string]: Json };

function isPod({ member }: Static<typeof args>): boolean {
  return unitOf(member) === null;
}

function podsOf({ within, end_after, ...places }: Static<typeof args>) {
  const { pods, manifests_dir, parked_dir, copies = [] } = asPod(places);
  return {
    ...{ pods, manifests_dir, parked_dir, copies },
    ...(within === undefined ? {} : { within }),
    ...(end_after === undefined ? {} : { end_after }),
  };
}
