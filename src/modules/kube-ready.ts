import Type from 'typebox';
import type { Places } from '../core/ask.js';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import type { KubeAccess, Question } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import { apiServerArguments, seeApiServer } from './kube/api-server.js';

/** Each API server by itself: behind a VIP one that is well would answer for one that is not. */
export const kubeReady = defineModule({
  name: 'kube_ready',
  summary: 'Waits until the API server of this host says, on its own address, that it is ready.',
  example: `
- name: Wait until every API server is ready
  kube_ready:
    manifests_dir: \${{ vars.manifests_dir }}
    address: \${{ host.address }}
`,
  place: 'host',
  args: argumentsOf({
    ...apiServerArguments,
    within: duration('How long it may take. Default: 3m.'),
  }),
  result: Type.Object({
    server: Type.String({ description: 'Where it was asked.' }),
    waited_ms: Type.Integer(),
    asked: Type.String({
      description: '/readyz; `its port`, where the host has no curl: then it is only listened on.',
    }),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ manifests_dir, address, within }, ask) {
    const access = await seeApiServer(manifests_dir, address, ask);
    if (!access.ok) return access;
    const question = await questionFor(access.value, milliseconds(within, 180), ask);
    if (!question.ok) return question;
    const waited = await ask.host({ it: question.value });
    if (!waited.ok) return waited;
    const { it } = waited.value;
    const { server } = access.value;
    const asked = question.value.kind === 'wait-http' ? '/readyz' : 'its port';
    if (it.reached) return ok({ server, waited_ms: it.waitedMs, asked });
    const message = `the API server at ${server} is not ready after ${it.waitedMs / 1_000} s`;
    const next =
      'look at it: /var/log/pods on this host, and what /readyz?verbose says; then `runback resume`';
    return err(refused('api-not-ready', message, next, it.lastSeen));
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

type Waiting = Extract<Question, { kind: 'wait-http' | 'wait-running' }>;

/** With a certificate where there is one: a server may let nobody in without. */
async function questionFor(
  access: KubeAccess,
  timeoutMs: number,
  ask: Places,
): Promise<Result<Waiting, Failure>> {
  const seen = await ask.host({
    tools: { kind: 'tools', names: ['curl'] },
    cert: { kind: 'stat', path: access.certFile, follow: true },
    key: { kind: 'stat', path: access.keyFile, follow: true },
  });
  if (!seen.ok) return seen;
  const { tools, cert, key } = seen.value;
  if (tools.curl === null) {
    const ports = [{ address: '', port: Number(access.server.replace(/^.*:/, '')) }];
    return ok({ kind: 'wait-running', processes: ['kube-apiserver'], ports, timeoutMs });
  }
  const pair =
    cert === null || key === null
      ? { certFile: null, keyFile: null }
      : { certFile: access.certFile, keyFile: access.keyFile };
  const url = `${access.server}/readyz`;
  return ok({ kind: 'wait-http', url, statuses: [200], caFile: access.caFile, ...pair, timeoutMs });
}
