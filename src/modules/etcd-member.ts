import Type, { type Static } from 'typebox';
import { serviceEffects } from '../core/change.js';
import type { EvidenceKind } from '../core/evidence.js';
import type { Json } from '../core/json.js';
import { type AroundUndo, defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import { asPod, type MemberPlaces, memberPlaces, unitOf } from './etcd/member-places.js';
import {
  materialOfUnit,
  planUnit,
  type SeenUnit,
  seeUnit,
  settleUnit,
  verifyUnit,
} from './etcd/unit/member-unit.js';
import { staticPods } from './static-pods.js';

const args = argumentsOf({
  state: Type.Union([Type.Literal('stopped'), Type.Literal('running')], {
    description: 'running: its process is up and listens; whether it is healthy is not asked.',
  }),
  ...memberPlaces,
  within: duration('How long it may take to come up. Default: 2m.'),
  needs: Type.Optional(
    Type.Array(Type.String(), { description: 'Proofs that must hold first: [swapped].' }),
  ),
});

type Args = Static<typeof args>;
type SeenPods = Parameters<typeof staticPods.plan>[1];

/** A static pod's way back, which is its module's. */
const podUndo = staticPods.undo as AroundUndo<Parameters<typeof staticPods.plan>[0], SeenPods>;

type Before =
  | { readonly by: 'kubelet'; readonly pods: SeenPods; readonly [key: string]: Json }
  | { readonly by: 'systemd'; readonly unit: SeenUnit; readonly [key: string]: Json };

/**
 * Whoever runs the member stops and starts it: a kubelet by its manifest, which is left to static_pods, or
 * systemd by its unit. A unit that systemd is told to stop is not started again by it, whatever its Restart= says.
 */
export const etcdMember = defineModule({
  name: 'etcd_member',
  summary: 'Stops or starts the etcd member on this host, a static pod or a unit of systemd.',
  example: `
- name: Stop etcd
  etcd_member:
    state: stopped
    member: \${{ results.etcd }}
    manifests_dir: \${{ vars.manifests_dir }}
    parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({ run_by: Type.String({ description: 'kubelet, or the unit.' }) }),
  readOnly: false,
  needs: (written) => (written as { needs?: EvidenceKind[] }).needs ?? [],
  downtime: (written) => ((written as { state?: string }).state === 'stopped' ? 'starts' : null),
  mayAlter: (given) => {
    const unit = unitOf(given.member);
    return unit === null ? (staticPods.mayAlter?.(podsOf(given)) ?? []) : serviceEffects(unit);
  },
  repeatable: true,
  undo: {
    kind: 'derived',
    async beforehand(given, before: Before, ask) {
      if (before.by === 'systemd') return ok(null);
      return (await podUndo.beforehand?.(podsOf(given), before.pods, ask)) ?? ok(null);
    },
    settle: (given, before: Before, seen) =>
      before.by === 'systemd'
        ? settleUnit(given.member, before.unit, timeoutMs(given))
        : (podUndo.settle?.(podsOf(given), before.pods, seen) ?? {}),
  },

  async probe(given, ask) {
    const unit = unitOf(given.member);
    if (unit !== null) {
      const seen = await seeUnit(unit, ask);
      return seen.ok ? ok<Before>({ by: 'systemd', unit: seen.value }) : seen;
    }
    const seen = await staticPods.probe(podsOf(given), ask);
    return seen.ok ? ok<Before>({ by: 'kubelet', pods: seen.value }) : seen;
  },

  plan(given, before) {
    if (before.by === 'kubelet') return staticPods.plan(podsOf(given), before.pods);
    return ok(planUnit(unitOf(given.member) ?? '', given.state, before.unit));
  },

  async verify(given, before, receipts, ask) {
    const verified =
      before.by === 'kubelet'
        ? await staticPods.verify(podsOf(given), before.pods, receipts, ask)
        : await verifyUnit(given.member, given.state, timeoutMs(given), ask);
    return verified.ok ? ok({ run_by: unitOf(given.member) ?? 'kubelet' }) : verified;
  },
  material: (before) =>
    before.by === 'kubelet' ? staticPods.material(before.pods) : materialOfUnit(before.unit),
});

function podsOf({ state, within, needs: _, ...places }: Args) {
  return {
    ...asPod(places as MemberPlaces),
    ...(within === undefined ? {} : { within }),
    state: state === 'stopped' ? ('parked' as const) : ('running' as const),
  };
}

function timeoutMs({ within }: Args): number {
  return milliseconds(within, 120);
}
