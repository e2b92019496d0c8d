import Type from 'typebox';
import type { Change } from '../core/change.js';
import type { EvidenceKind } from '../core/evidence.js';
import { refused } from '../core/failure.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import type { Resource } from '../core/resource.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import {
  effectsOf,
  inManifests,
  noKubelet,
  parkOne,
  podArguments,
  refusePlaces,
  returnOne,
  type SeenPlaces,
  seenPlaces,
} from './etcd/move-pod.js';
import { asBefore, type Doubts, untilObeyed, untilQuiet } from './etcd/obeyed.js';
import { ownEtcd, type SeenPod, seePods } from './etcd/static-pod.js';

const args = argumentsOf({
  state: Type.Union([Type.Literal('parked'), Type.Literal('running')], {
    description: 'parked: out of the kubelet’s folder. running: in it, and up.',
  }),
  ...podArguments,
  within: duration('How long they may take to come up. Default: 2m.'),
  needs: Type.Optional(
    Type.Array(Type.String(), { description: 'Proofs that must hold first: [swapped].' }),
  ),
});

interface Before extends SeenPlaces {
  readonly pods: readonly SeenPod[];
  /** Nobody else starts or stops a static pod. */
  readonly kubelet: boolean;
  readonly [key: string]: Json;
}

/**
 * A static pod runs while its manifest lies in the kubelet's folder: parking is one rename, and coming
 * back another. Only the named manifests are touched: a VIP or a CNI may live there too.
 */
export const staticPods = defineModule({
  name: 'static_pods',
  summary:
    'Moves manifests of static pods out of the kubelet’s folder, or back, and waits until they run.',
  example: `
- name: Park the API server
  static_pods:
    state: parked
    pods: [kube-apiserver]
    manifests_dir: \${{ vars.manifests_dir }}
    parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({ pods: Type.Array(Type.String()) }),
  readOnly: false,
  needs: (written) => (written as { needs?: EvidenceKind[] }).needs ?? [],
  downtime: (written) => ((written as { state?: string }).state === 'parked' ? 'starts' : null),
  mayAlter: (given) => [
    { kind: 'path', path: given.parked_dir },
    ...given.pods.flatMap((pod): readonly Resource[] => [
      { kind: 'path', path: inManifests(given, pod) },
      ...effectsOf(pod),
    ]),
  ],
  repeatable: true,
  undo: {
    kind: 'derived',
    beforehand: (given, before: Before, ask) => untilObeyed(given, before.pods, ask),
    settle: ({ within }, { pods }: Before, doubts) =>
      asBefore(pods, doubts as Doubts | null, milliseconds(within, 120)),
  },

  async probe({ pods, manifests_dir, parked_dir, copies = [] }, ask) {
    const seen = await seePods(pods, { manifests_dir, parked_dir, copies }, ask);
    if (!seen.ok) return seen;
    const mounts = await ask.host({
      manifests: { kind: 'mount', path: manifests_dir },
      parked: { kind: 'mount', path: parked_dir },
      kubelet: { kind: 'processes', names: ['kubelet'] },
    });
    if (!mounts.ok) return mounts;
    const { manifests, parked, kubelet } = mounts.value;
    const places = seenPlaces(manifests, parked);
    return ok<Before>({ pods: seen.value, ...places, kubelet: kubelet.length > 0 });
  },

  plan(given, before) {
    const changes: Change[] = [];
    for (const pod of before.pods) {
      const one = given.state === 'parked' ? parkOne(given, pod) : returnOne(given, pod);
      if (!one.ok) return one;
      changes.push(...one.value);
    }
    // What is so already needs no room: evidence is gathered by planning again.
    const misplaced = refusePlaces(
      given,
      changes.length > 0 ? before : { ...before, readOnly: false },
    );
    if (misplaced !== null) return err(misplaced);
    if (changes.length > 0 && !before.kubelet) return err(noKubelet());
    const isParking = given.state === 'parked' && changes.length > 0;
    const room: Change = { kind: 'make-directory', path: given.parked_dir, mode: 0o700 };
    return ok(isParking ? [room, ...changes] : changes);
  },

  async verify(given, before, _receipts, ask) {
    const places = { manifests_dir: given.manifests_dir, parked_dir: given.parked_dir, copies: [] };
    const seen = await seePods(given.pods, places, ask);
    if (!seen.ok) return seen;
    if (given.state === 'parked') {
      const left = seen.value.filter((pod) => pod.where === 'manifests');
      if (left.length > 0) {
        const message = `still in the kubelet’s folder: ${left.map((pod) => pod.name).join(', ')}`;
        return err(refused('not-parked', message, 'see who puts them back'));
      }
      const quiet = await untilQuiet(before.pods, ask);
      return quiet.ok ? ok({ pods: [...given.pods] }) : quiet;
    }
    const timeoutMs = milliseconds(given.within, 120);
    const ports = seen.value.flatMap((pod) => pod.ports);
    const waited = await ask.host({
      up: {
        kind: 'wait-running',
        processes: given.pods,
        ports,
        ...ownEtcd(seen.value),
        timeoutMs,
      },
    });
    if (!waited.ok) return waited;
    const { up } = waited.value;
    if (up.reached) return ok({ pods: [...given.pods] });
    const message = `not up after ${timeoutMs / 1_000} s: ${up.lastSeen}`;
    const next = 'look at the kubelet and at /var/log/pods on this host';
    return err(refused('not-running', message, next));
  },
  // Who runs is what `settle` proves. What is about to end is started again by a living kubelet only.
  material: ({ pods, kubelet }) => ({
    kubelet,
    pods: pods.map(({ name, where, sha256, mode, uid, gid }) => ({
      name,
      where,
      sha256,
      mode,
      uid,
      gid,
    })),
  }),
});
