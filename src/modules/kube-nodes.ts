import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import { apiServerArguments, seeApiServer } from './kube/api-server.js';

/** What controllers do rests on what nodes report. A node that is gone for good is no reason to stop. */
export const kubeNodes = defineModule({
  name: 'kube_nodes',
  summary:
    'Waits a while until every node has reported to the API server of this host, and says which have not.',
  example: `
- name: Wait until the nodes report
  kube_nodes:
    manifests_dir: \${{ vars.manifests_dir }}
    address: \${{ host.address }}
    within: 30s
  run_once: true
`,
  place: 'host',
  args: argumentsOf({
    ...apiServerArguments,
    within: duration('How long to wait for them; it never fails. Default: 30s.'),
  }),
  result: Type.Object({
    waited_ms: Type.Integer(),
    silent: Type.Array(Type.String(), { description: 'Nodes that have not reported yet.' }),
    message: Type.String(),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ manifests_dir, address, within }, ask) {
    const access = await seeApiServer(manifests_dir, address, ask);
    if (!access.ok) return access;
    const timeoutMs = milliseconds(within, 30);
    const first = await ask.host({
      any: { kind: 'kube-list', access: access.value, of: 'node-leases' },
    });
    if (!first.ok) return first;
    if ('reason' in first.value.any) {
      const message = `whether the nodes report is not known: ${first.value.any.detail}`;
      return ok({ waited_ms: 0, silent: [], message });
    }
    const waited = await ask.host({
      it: { kind: 'wait-kube-nodes', access: access.value, timeoutMs },
    });
    if (!waited.ok) return waited;
    const { it } = waited.value;
    const silent = it.reached ? [] : it.lastSeen.split(/\s+/).filter((name) => name !== '');
    const { count } = first.value.any;
    const message = it.reached
      ? reporting(count)
      : `${silent.length} of ${count} nodes have not reported within ${timeoutMs / 1_000} s: ${silent.join(', ')}`;
    return ok({ waited_ms: it.waitedMs, silent, message });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function reporting(count: number): string {
  return count === 0 ? 'the API knows of no node that reports' : `all ${count} nodes report`;
}
