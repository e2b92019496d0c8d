import Type from 'typebox';
import type { EvidenceKind } from '../core/evidence.js';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, hostPath, milliseconds } from './arguments.js';
import { seePods } from './etcd/static-pod.js';

/**
 * Judged by who runs, who listens and what the container runtime holds, on this host; the barrier makes it
 * all hosts. A runtime that cannot be asked is no obstacle: whoever moves a manifest waits until it is quiet.
 */
export const staticPodsGone = defineModule({
  name: 'static_pods_gone',
  summary:
    'Waits until no process of these static pods runs, none of their ports is listened on, and the container runtime holds no ready sandbox of them.',
  example: `
- name: Prove that the API server is gone on every host
  static_pods_gone:
    pods: [kube-apiserver]
    manifests_dir: \${{ vars.manifests_dir }}
    parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`,
  place: 'host',
  args: argumentsOf({
    pods: Type.Array(Type.String(), { description: 'Names without `.yaml`.' }),
    manifests_dir: hostPath('The kubelet’s folder of static pods.'),
    parked_dir: hostPath('Where their manifests are parked.'),
    copies: Type.Optional(
      Type.Array(hostPath('POD stands for the name: /tmp/POD.yaml.bak'), {
        description: 'Where a manifest may lie otherwise: it says which ports must be closed.',
      }),
    ),
    within: duration('How long they may take. Default: 90s.'),
  }),
  result: Type.Object({
    gone: Type.Array(Type.String()),
    waited_ms: Type.Integer(),
    /** Empty when crictl has answered; else why processes and ports are all that was looked at. */
    runtime_not_asked: Type.String(),
  }),
  readOnly: true,
  gives: (written) =>
    ((written as { pods?: readonly string[] }).pods ?? []).map(
      (pod): EvidenceKind => `gone:${pod}`,
    ),
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ pods, manifests_dir, parked_dir, copies = [], within }, ask) {
    const seen = await seePods(pods, { manifests_dir, parked_dir, copies }, ask);
    if (!seen.ok) return seen;
    const back = seen.value.filter((pod) => pod.where === 'manifests').map((pod) => pod.name);
    if (back.length > 0) {
      const message = `in the kubelet’s folder: ${back.join(', ')}`;
      return err(refused('not-parked', message, 'park them first, and see who puts them back'));
    }
    const timeoutMs = milliseconds(within, 90);
    const ports = seen.value.flatMap((pod) => pod.ports);
    const waited = await ask.host({
      gone: { kind: 'wait-gone', processes: pods, ports, sandboxes: pods, timeoutMs },
      kubelet: { kind: 'processes', names: ['kubelet'] },
    });
    if (!waited.ok) return waited;
    const { gone, kubelet } = waited.value;
    if (gone.reached) {
      const { waitedMs, note = '' } = gone;
      return ok({ gone: [...pods], waited_ms: waitedMs, runtime_not_asked: note });
    }
    const message = `still there after ${timeoutMs / 1_000} s: ${gone.lastSeen}`;
    const next =
      kubelet.length === 0
        ? 'no kubelet runs here, and nobody else stops static pods: start it'
        : 'look at the kubelet’s log; stop the container by hand (crictl stop) if it hangs';
    return err(refused('not-gone', message, next));
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
