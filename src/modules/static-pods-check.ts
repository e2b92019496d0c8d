import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { noKubelet, podArguments, refusePlaces, returnOne, seenPlaces } from './etcd/move-pod.js';
import { seePods } from './etcd/static-pod.js';

/** Asked before anything is moved: behind the point of no return it would be too late to find out. */
export const staticPodsCheck = defineModule({
  name: 'static_pods_check',
  summary:
    'Refuses unless these static pods can be parked and brought back: manifests, places, a kubelet.',
  example: `
- name: Check that the control plane can be stopped and brought back
  static_pods_check:
    pods: [etcd, kube-apiserver]
    manifests_dir: \${{ vars.manifests_dir }}
    parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`,
  place: 'host',
  args: argumentsOf(podArguments),
  result: Type.Object({
    running: Type.Array(Type.String(), { description: 'The pods that run now.' }),
    elsewhere: Type.Array(Type.String(), {
      description: 'The pods whose manifests are not in the kubelet’s folder.',
    }),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const { pods, manifests_dir, parked_dir, copies = [] } = given;
    const seen = await seePods(pods, { manifests_dir, parked_dir, copies }, ask);
    if (!seen.ok) return seen;
    const around = await ask.host({
      manifests: { kind: 'mount', path: manifests_dir },
      parked: { kind: 'mount', path: parked_dir },
      kubelet: { kind: 'processes', names: ['kubelet'] },
    });
    if (!around.ok) return around;
    const { manifests, parked, kubelet } = around.value;
    const misplaced = refusePlaces(given, seenPlaces(manifests, parked));
    if (misplaced !== null) return err(misplaced);
    if (kubelet.length === 0) return err(noKubelet());
    for (const pod of seen.value) {
      const back = returnOne(given, pod);
      if (!back.ok) return back;
    }
    const names = (are: 'running' | 'elsewhere') =>
      seen.value
        .filter((pod) => (are === 'running' ? pod.running : pod.where !== 'manifests'))
        .map((pod) => pod.name);
    return ok({ running: names('running'), elsewhere: names('elsewhere') });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
