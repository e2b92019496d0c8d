import Type from 'typebox';
import { type Failure, failure } from '../core/failure.js';
import { bySeverity, type Finding, standing } from '../core/finding.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';
import { fencedArgument } from './etcd/fenced.js';
import { recordArgument } from './etcd/record.js';
import { checkHistory } from './preflight/cluster/history.js';
import { checkCluster } from './preflight/cluster-checks.js';
import { found } from './preflight/found.js';
import { isAbout, KINDS } from './preflight/kinds.js';
import { FindingSchema, HostReport } from './preflight/report.js';

const RAW = 'what is to be restored is a copy out of a data directory (snapshot_kind: raw)';

/** Puts all hosts' findings beside each other, and lets a run pass or not. */
export const preflightGate = defineModule({
  name: 'preflight_gate',
  summary:
    'Compares the hosts with each other and with the backup, shows every finding of all of them at once, and refuses while an error stands that is not accepted.',
  example: `
- name: Look at everything before anything is touched
  preflight:
    host: \${{ host.name }}
    address: \${{ host.address }}
    run: \${{ run.id }}
    manifests_dir: /etc/kubernetes/manifests
    parked_dir: /etc/kubernetes/runback
    work_dir: /var/lib/runback/work
  register: preflight
- name: Refuse what would go wrong
  preflight_gate:
    reports: \${{ play.hosts.map(h, h.results.preflight) }}
    accepted: \${{ run.accepted }}
    reason: \${{ run.reason }}
`,
  place: 'controller',
  args: argumentsOf({
    reports: Type.Array(Type.Unsafe<HostReport>(HostReport), {
      description: 'What preflight saw on every host: ${{ play.hosts.map(h, h.results.NAME) }}.',
      observed: true,
    }),
    record: recordArgument('The record of the backup that is to be restored.'),
    fenced: fencedArgument,
    raw: Type.Optional(
      Type.Boolean({ description: 'What is restored is a raw copy. Default: false.' }),
    ),
    accepted: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Codes of errors that shall not stop the run: ${{ run.accepted }}.',
        observed: true,
      }),
    ),
    reason: Type.Optional(
      Type.String({ description: 'Why, for the journal: ${{ run.reason }}.', observed: true }),
    ),
    history: Type.Optional(
      Type.Boolean({
        description:
          'Also look for what an earlier restore by hand may have left behind: for whoever relies on the cluster’s data. Default: false.',
      }),
    ),
    head_start: duration(
      'For history: how much older than all members’ data an API server is that has seen other data. Default: 60s.',
    ),
    only: Type.Optional(
      Type.Literal('certificates', {
        description: 'Leave out what is not about certificates and keys. Default: everything.',
      }),
    ),
    refuse: Type.Optional(
      Type.Union([Type.Literal('errors'), Type.Literal('nothing')], {
        description: 'nothing: show what was found, and go on. Default: errors.',
      }),
    ),
  }),
  result: Type.Object({
    findings: Type.Array(FindingSchema),
    errors: Type.Integer({ description: 'That stand: accepted ones do not count.' }),
    warnings: Type.Integer(),
    notes: Type.Integer(),
    accepted: Type.Array(Type.String(), { description: 'Codes that were found and are accepted.' }),
    reason: Type.String(),
  }),
  readOnly: true,
  repeatable: true,
  findings: KINDS,
  undo: { kind: 'nothing' },

  async probe({ history = false, head_start, raw = false, ...given }) {
    const { reports, record = null, fenced = [], accepted = [], reason = '', only } = given;
    const all = [
      ...reports.flatMap(({ found }) => found as Finding[]),
      ...checkCluster(reports, record, fenced),
      ...(history ? checkHistory(reports, milliseconds(head_start, 60)) : []),
      ...(raw ? [found('snapshot-without-digest', null, RAW)] : []),
    ]
      .filter(({ code }) => only === undefined || isAbout(only, code))
      .map((one) => ({ ...one, accepted: one.acceptable && accepted.includes(one.code) }));
    const findings = [...bySeverity(all)];
    const count = (severity: Finding['severity']) =>
      findings.filter((one) => one.severity === severity && !one.accepted).length;
    return ok({
      findings,
      errors: count('error'),
      warnings: count('warning'),
      notes: count('note'),
      accepted: [...new Set(findings.filter((one) => one.accepted).map(({ code }) => code))],
      reason,
    });
  },

  plan({ refuse = 'errors' }, { findings }) {
    const errors = standing(findings);
    return errors.length === 0 || refuse === 'nothing' ? ok([]) : err(refusal(errors, findings));
  },
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function refusal(errors: readonly Finding[], findings: readonly Finding[]): Failure {
  const codes = [...new Set(errors.map(({ code }) => code))];
  const named = codes.map((code) => {
    const hosts = errors.filter((one) => one.code === code).flatMap(({ host }) => host ?? []);
    return hosts.length === 0 ? code : `${code} (${[...new Set(hosts)].join(' ')})`;
  });
  const count = errors.length === 1 ? 'one error stands' : `${errors.length} errors stand`;
  const acceptable = codes.filter((code) =>
    errors.some((one) => one.code === code && one.acceptable),
  );
  const accept = acceptable.map((code) => `--accept ${code}`).join(' ');
  const next =
    accept === ''
      ? 'mend them; none of them can be accepted'
      : `mend them, or say that you know better: ${accept} --reason TEXT`;
  const message = `${count} in the way: ${named.join(', ')}`;
  return failure('refused', 'preflight', message, next, { findings });
}
