import Type from 'typebox';
import { bySeverity } from '../core/finding.js';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { recordArgument } from './etcd/record.js';
import { judgeAfter } from './kube/judge.js';
import { AFTER_KINDS } from './kube/kinds.js';
import { EtcdLeftovers, KubeLook } from './kube/look.js';
import { FindingSchema } from './preflight/report.js';

/** Never fails: the restore is done. What is wrong still must not be overlooked. */
export const kubeReport = defineModule({
  name: 'kube_report',
  summary: 'Puts together what kube_look saw after a restore, and says what to do about it.',
  example: `
- name: Look at what came back
  kube_look:
    host: \${{ host.name }}
    manifests_dir: \${{ vars.manifests_dir }}
    address: \${{ host.address }}
    survey: \${{ host.name == play.hosts[0].name }}
  register: looked
- name: Say what came back
  kube_report:
    looks: \${{ play.hosts.map(h, h.results.looked) }}
    groups: \${{ groups }}
`,
  place: 'controller',
  args: argumentsOf({
    looks: Type.Array(Type.Unsafe<KubeLook>(KubeLook), {
      description: 'What kube_look saw on every host: ${{ play.hosts.map(h, h.results.NAME) }}.',
      observed: true,
    }),
    groups: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'Who should be there: ${{ groups }}.',
    }),
    workers_left: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Workers whose kubelets were not restarted. Left out: none was.',
        observed: true,
      }),
    ),
    leftovers: Type.Optional(
      Type.Unsafe<EtcdLeftovers>({
        ...EtcdLeftovers,
        description: 'What etcd_leftovers found.',
        observed: true,
      }),
    ),
    record: recordArgument('The record of the backup that was restored.'),
    raised: Type.Optional(
      Type.Boolean({ description: 'Was the revision raised? Left out: this is no restore.' }),
    ),
  }),
  result: Type.Object({
    findings: Type.Array(FindingSchema),
    counts: Type.Record(Type.String(), Type.Integer()),
    message: Type.String(),
  }),
  readOnly: true,
  repeatable: true,
  findings: AFTER_KINDS,
  undo: { kind: 'nothing' },

  async probe({ looks, groups, workers_left, leftovers = null, record = null, raised = null }) {
    const workersLeft = workers_left ?? null;
    const facts = { looks, groups, workersLeft, leftovers, record, isRaised: raised };
    const findings = bySeverity(judgeAfter(facts)).map((one) => ({ ...one }));
    return ok({ findings, counts: countsIn(looks), message: messageOf(looks) });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function countsIn(looks: readonly KubeLook[]): { [kind: string]: number } {
  const counts = looks.find(({ survey }) => survey !== null)?.survey?.counts ?? {};
  const secrets = looks.find((look) => look.secrets !== null)?.secrets ?? null;
  return { ...counts, ...(secrets === null ? {} : { secrets }) };
}

function messageOf(looks: readonly KubeLook[]): string {
  const parts = Object.entries(countsIn(looks)).map(([kind, count]) => `${count} ${kind}`);
  if (parts.length === 0) return 'Nobody could ask the API what came back.';
  const readers = looks.filter((look) => look.secrets !== null).length;
  const all =
    readers === looks.length ? 'every API server' : `${readers} of ${looks.length} API servers`;
  return `The API serves ${parts.join(', ')}. Secrets are read, all of them, by ${all}.`;
}
