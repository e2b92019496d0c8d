import Type from 'typebox';
import type { Places } from '../core/ask.js';
import type { Failure } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import type { KubeAccess, KubeKind, KubeObjects, NoAnswer, RuntimePods } from '../core/question.js';
import { ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { apiServerArguments, seeApiServer } from './kube/api-server.js';
import { KubeLook, type Survey } from './kube/look.js';

/** Each of them by its own API server: it alone has the keys that open Secrets, or has them not. */
export const kubeLook = defineModule({
  name: 'kube_look',
  summary:
    'Asks the API server of this host what is there, and its container runtime what runs. Of Secrets it learns how many can be read.',
  example: `
- name: Look at what came back
  kube_look:
    host: \${{ host.name }}
    manifests_dir: \${{ vars.manifests_dir }}
    address: \${{ host.address }}
    survey: \${{ host.name == play.hosts[0].name }}
`,
  place: 'host',
  args: argumentsOf({
    host: Type.String({ description: 'The host’s name in the inventory: ${{ host.name }}.' }),
    ...apiServerArguments,
    survey: Type.Boolean({
      description: 'Look at nodes, counts and signing requests too: one host is enough.',
    }),
  }),
  result: KubeLook,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ host, manifests_dir, address, survey }, ask) {
    const access = await seeApiServer(manifests_dir, address, ask);
    if (!access.ok) return ok(blind(host, '', access.error.message));
    const { server } = access.value;
    // The cheapest first: a server that does not answer is not waited for eight times.
    const first = await ask.host({
      namespaces: { kind: 'kube-list', access: access.value, of: 'namespaces' },
      clock: { kind: 'clock' },
    });
    if (!first.ok) return first;
    const { namespaces, clock } = first.value;
    if ('reason' in namespaces) return ok(blind(host, server, namespaces.detail));
    const own = await lookHere(access.value, ask);
    if (!own.ok) return own;
    const whole = survey ? await lookAround(access.value, namespaces, ask) : ok(null);
    if (!whole.ok) return whole;
    const unanswered = [...own.value.unanswered, ...(whole.value?.unanswered ?? [])];
    const at = new Date(clock.atMs).toISOString();
    const { secrets, phantoms } = own.value;
    const seen = { secrets, phantoms: phantoms === null ? null : [...phantoms] };
    return ok({ host, server, at, ...seen, unanswered, survey: whole.value?.survey ?? null });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

type Unanswered = KubeLook['unanswered'][number];

function blind(host: string, server: string, why: string): KubeLook {
  const unanswered = [{ what: 'the API server', why }];
  return { host, server, at: '', unanswered, secrets: null, phantoms: null, survey: null };
}

/** What only this host knows. */
async function lookHere(access: KubeAccess, ask: Places) {
  const seen = await ask.host({
    secrets: { kind: 'kube-list', access, of: 'secrets' },
    running: { kind: 'runtime-pods' },
    pods: { kind: 'kube-list', access, of: 'pods' },
  });
  if (!seen.ok) return seen;
  const { secrets, running, pods } = seen.value;
  return ok({
    secrets: 'reason' in secrets ? null : secrets.count,
    phantoms: phantomsAmong(running, pods),
    unanswered: [
      ...silence('Secrets', secrets),
      ...silence('what its container runtime runs', running),
      ...silence('pods', pods),
    ],
  });
}

/** They are their files', and no API's; the kubelet tells the API of them in its own time. */
const STATIC = /^kube-system\/(etcd|kube-apiserver|kube-controller-manager|kube-scheduler)-/;

/** By name: a pod that was made anew since the backup has another uid, and the kubelet sees to that. */
function phantomsAmong(
  running: RuntimePods | NoAnswer,
  known: KubeObjects | NoAnswer,
): readonly string[] | null {
  if ('reason' in running || 'reason' in known || !known.isComplete) return null;
  const names = new Set(known.objects.map(({ namespace, name }) => `${namespace}/${name}`));
  const all = running.pods.map(({ namespace, name }) => `${namespace}/${name}`);
  return [...new Set(all)].filter((name) => !names.has(name) && !STATIC.test(name)).sort();
}

const COUNTED = ['deployments', 'services'] as const satisfies readonly KubeKind[];

/** What every API server would say alike. */
async function lookAround(
  access: KubeAccess,
  namespaces: KubeObjects,
  ask: Places,
): Promise<Result<{ survey: Survey; unanswered: readonly Unanswered[] }, Failure>> {
  const list = <K extends KubeKind>(of: K) => ({ kind: 'kube-list', access, of }) as const;
  const seen = await ask.host({
    deployments: list('deployments'),
    services: list('services'),
    nodes: list('nodes'),
    leases: list('node-leases'),
    requests: list('signing-requests'),
  });
  if (!seen.ok) return seen;
  const { nodes, leases, requests } = seen.value;
  const objects = (answer: KubeObjects | NoAnswer) => ('reason' in answer ? [] : answer.objects);
  const renewed = new Map(
    objects(leases).map(({ name, fields }) => [name, fields.renewTime ?? '']),
  );
  const counts: { [kind: string]: number } = { namespaces: namespaces.count };
  for (const kind of COUNTED) {
    const answer = seen.value[kind];
    if (!('reason' in answer)) counts[kind] = answer.count;
  }
  if (!('reason' in nodes)) counts.nodes = nodes.count;
  const survey: Survey = {
    counts,
    nodes: objects(nodes).map(({ name, fields }) => ({
      name,
      ready: fields.Ready ?? '',
      renewed: renewed.get(name) ?? '',
    })),
    pending: objects(requests)
      .filter(isUndecided)
      .map(({ name, fields }) => ({
        name,
        signer: fields.signerName ?? '',
        requestor: fields.username ?? '',
      })),
  };
  const unanswered = Object.entries(seen.value).flatMap(([what, answer]) => silence(what, answer));
  return ok({ survey, unanswered });
}

function isUndecided({ fields }: KubeObjects['objects'][number]): boolean {
  return !['Approved', 'Denied', 'Failed'].some((word) => word in fields);
}

/** What was not answered, or not to its end. */
function silence(
  what: string,
  answer: KubeObjects | RuntimePods | NoAnswer,
): readonly Unanswered[] {
  if ('reason' in answer) return [{ what, why: answer.detail }];
  if ('pods' in answer || answer.isComplete) return [];
  return [{ what: `more than ${answer.count} ${what}`, why: 'no more were read' }];
}
