import Type from 'typebox';
import { type Failure, failure, refused } from '../core/failure.js';
import { bySeverity, type Finding, standing } from '../core/finding.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { allFindings } from './diagnose/all-findings.js';
import { CollectedOfHost } from './diagnose/collected.js';
import { FindingSchema } from './preflight/report.js';

/** Puts beside each other what was collected on all hosts, and says what is wrong. */
export const diagnose = defineModule({
  name: 'diagnose',
  summary:
    'Says what is wrong with a control plane, from what collect_logs has seen on its hosts: every finding with what to do.',
  example: `
- name: Collect
  collect_logs:
    host: \${{ host.name }}
    address: \${{ host.address }}
    run: \${{ run.id }}
    manifests_dir: /etc/kubernetes/manifests
    parked_dir: /etc/kubernetes/runback
    work_dir: /var/lib/runback/work
  no_log: true
  register: collected
- name: Say what is wrong
  diagnose:
    collected: \${{ play.hosts.map(h, h.results.collected) }}
`,
  place: 'controller',
  args: argumentsOf({
    collected: Type.Array(CollectedOfHost, {
      description: 'What was seen on every host: ${{ play.hosts.map(h, h.results.NAME) }}.',
      observed: true,
    }),
    missing: Type.Optional(
      Type.Array(Type.String(), { description: 'Hosts of which nothing was collected.' }),
    ),
    member: Type.Optional(
      Type.String({
        description: 'Only what keeps the member on this host from joining; refuses while it does.',
      }),
    ),
  }),
  result: Type.Object({
    findings: Type.Array(FindingSchema),
    errors: Type.Integer(),
    warnings: Type.Integer(),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ collected, missing = [], member }) {
    if (member !== undefined && !collected.some(({ host }) => host === member)) {
      const known = collected.map(({ host }) => host).join(', ');
      const message = `nothing was collected on ${member}, only on ${known}`;
      return err(refused('no-such-host', message, 'name a host of the group etcd that is up'));
    }
    const all = bySeverity(allFindings(collected, missing, member ?? null));
    const count = (severity: Finding['severity']) =>
      all.filter((one) => one.severity === severity).length;
    const findings = all.map((one) => ({ ...one }));
    return ok({ findings, errors: count('error'), warnings: count('warning') });
  },

  plan({ member }, { findings }) {
    const errors = standing(findings);
    return member === undefined || errors.length === 0 ? ok([]) : err(refusal(member, findings));
  },
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function refusal(member: string, findings: readonly Finding[]): Failure {
  const codes = [...new Set(standing(findings).map(({ code }) => code))];
  const message = `${member} does not join: ${codes.join(', ')}`;
  return failure('refused', 'diagnosis', message, 'mend the first of them, then look again', {
    findings,
  });
}
