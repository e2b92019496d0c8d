import Type from 'typebox';
import type { Places } from '../core/ask.js';
import type { EvidenceKind } from '../core/evidence.js';
import { type Failure, refused } from '../core/failure.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import type { EtcdIdentity, ListeningPort, Waited } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, duration, hostPath, manifestCopies, milliseconds } from './arguments.js';
import { endPods } from './etcd/end-pods.js';
import { ofMember } from './etcd/known-by.js';
import { effectsOf } from './etcd/move-pod.js';
import { ownEtcd, seePods } from './etcd/static-pod.js';
import { healthz } from './preflight/healthz.js';

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
    copies: manifestCopies(
      'Where a manifest may lie otherwise: it says which ports must be closed.',
    ),
    within: duration('How long they may take. Default: 90s.'),
    end_after: duration(
      'When they still run after this time, and the kubelet is well, crictl stops their containers. Shorter than `within`; absent: nobody stops them.',
    ),
  }),
  result: Type.Object({
    gone: Type.Array(Type.String()),
    waited_ms: Type.Integer(),
    /** Empty when crictl has answered; else why processes and ports are all that was looked at. */
    runtime_not_asked: Type.String(),
  }),
  readOnly: false,
  mayAlter: ({ pods }) => pods.flatMap(effectsOf),
  gives: (written) =>
    ((written as { pods?: readonly string[] }).pods ?? []).map(
      (pod): EvidenceKind => `gone:${pod}`,
    ),
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const { pods, manifests_dir, parked_dir, copies = [] } = given;
    const seen = await seePods(pods, { manifests_dir, parked_dir, copies }, ask);
    if (!seen.ok) return seen;
    const back = seen.value.filter((pod) => pod.where === 'manifests').map((pod) => pod.name);
    if (back.length > 0) {
      const message = `in the kubelet’s folder: ${back.join(', ')}`;
      return err(refused('not-parked', message, 'park them first, and see who puts them back'));
    }
    const ports = seen.value.flatMap((pod) => [...pod.ports]);
    const longMs = milliseconds(given.within, 90);
    const firstMs = given.end_after === undefined ? longMs : milliseconds(given.end_after, 0);
    const own = ownEtcd(seen.value);
    const wanted = { pods, ports, ...own };
    const gone = await waitGone(wanted, Math.min(firstMs, longMs), ask);
    if (!gone.ok) return gone;
    if (gone.value.reached) return ok<Before>({ ...nothingToEnd, ...own, ports, gone: gone.value });
    const around = await ask.host({
      kubelet: { kind: 'processes', names: ['kubelet'] },
      tools: { kind: 'tools', names: ['crictl'] },
    });
    if (!around.ok) return around;
    const { kubelet, tools } = around.value;
    const kubeletRuns = kubelet.length > 0;
    const mayEnd = firstMs < longMs && kubeletRuns && tools.crictl != null;
    const health = mayEnd ? await ask.host({ kubelet: healthz() }) : null;
    if (health !== null && !health.ok) return health;
    const isWell = health?.value.kubelet.reached ?? false;
    return ok<Before>({ gone: gone.value, ...own, ports, kubeletRuns, mayEnd: mayEnd && isWell });
  },

  plan({ pods }, { gone, mayEnd, kubeletRuns }) {
    if (gone.reached) return ok([]);
    return mayEnd ? ok([endPods(pods)]) : err(notGone(gone, kubeletRuns));
  },

  async verify({ pods, within }, before, receipts, ask) {
    let { gone } = before;
    if (receipts.length > 0) {
      const again = await waitGone({ pods, ...before }, milliseconds(within, 90), ask);
      if (!again.ok) return again;
      gone = again.value;
    }
    if (!gone.reached) return err(notGone(gone, before.kubeletRuns));
    const { waitedMs, note = '' } = gone;
    return ok({ gone: [...pods], waited_ms: waitedMs, runtime_not_asked: note });
  },
  material: () => ({}),
});

interface Before {
  readonly gone: Waited;
  readonly ports: readonly ListeningPort[];
  /** Of etcd: whose process is meant. */
  readonly member?: EtcdIdentity;
  readonly kubeletRuns: boolean;
  /** By crictl, beside a kubelet that is well: one that hangs would start nothing again. */
  readonly mayEnd: boolean;
  readonly [key: string]: Json;
}

const nothingToEnd = { kubeletRuns: true, mayEnd: false };

async function waitGone(
  { pods, ports, member }: Pick<Before, 'ports' | 'member'> & { readonly pods: readonly string[] },
  timeoutMs: number,
  ask: Places,
): Promise<Result<Waited, Failure>> {
  const own = ofMember(member);
  const waited = await ask.host({
    gone: { kind: 'wait-gone', processes: pods, ports, sandboxes: pods, ...own, timeoutMs },
  });
  return waited.ok ? ok(waited.value.gone) : waited;
}

function notGone(gone: Waited, kubeletRuns: boolean): Failure {
  const seen = gone.reached ? '' : gone.lastSeen;
  const message = `still there after ${Math.round(gone.waitedMs / 1_000)} s: ${seen}`;
  const next = kubeletRuns
    ? 'look at the kubelet’s log; stop the container by hand (crictl stop) if it hangs'
    : 'no kubelet runs here, and nobody else stops static pods: start it';
  return refused('not-gone', message, next);
}
