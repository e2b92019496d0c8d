import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf, controllerPath, hostPath, manifestCopies, UNIT_NAME } from './arguments.js';
import { fencedArgument } from './etcd/fenced.js';
import { newAddressesArgument } from './etcd/readdress.js';
import { recordArgument } from './etcd/record.js';
import { look } from './preflight/look.js';
import { reportOf } from './preflight/make-report.js';
import { HostReport } from './preflight/report.js';

/** Looks at everything that can go wrong on one host, and judges nothing: that is the gate's. */
export const preflight = defineModule({
  name: 'preflight',
  summary:
    'Looks at everything on this host that a restore depends on, and reports what it found to preflight_gate.',
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
`,
  place: 'host',
  args: argumentsOf({
    host: Type.String({ description: 'The host’s name in the inventory: ${{ host.name }}.' }),
    address: Type.String({ description: 'Its address: ${{ host.address }}.' }),
    run: Type.String({ description: '${{ run.id }}: what belongs to this run is no leftover.' }),
    is_member: Type.Optional(
      Type.Boolean({ description: 'Does a member of etcd belong on this host? Default: true.' }),
    ),
    is_control_plane: Type.Optional(
      Type.Boolean({ description: 'Does an API server belong on this host? Default: true.' }),
    ),
    etcd_unit: Type.Optional(
      Type.String({
        pattern: UNIT_NAME,
        description: 'The unit of systemd that runs etcd where no kubelet does. Default: etcd.',
      }),
    ),
    manifests_dir: hostPath('The kubelet’s folder of static pods.'),
    parked_dir: hostPath('Where runs park manifests, each in a directory of its own.'),
    work_dir: hostPath('Where runs prepare data directories, each in a directory of its own.'),
    copies: manifestCopies('Where copies of manifests may lie when they were moved away.'),
    uploads: Type.Optional(
      Type.Array(controllerPath('A directory with etcdctl and etcdutl for the hosts.'), {
        maxItems: 1,
        description: 'What a restore would send to hosts that lack them: uploads of etcd_tools.',
      }),
    ),
    record: recordArgument('The record of the backup that is to be restored.'),
    safety_snapshot: Type.Optional(
      Type.Boolean({
        description:
          'Would a restore save what it replaces, on the member that leads? Default: false.',
      }),
    ),
    fenced: fencedArgument,
    new_addresses: newAddressesArgument,
  }),
  result: HostReport,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ is_member = true, is_control_plane = true, ...given }, ask) {
    const { etcd_unit = 'etcd', copies = [], record = null, fenced = [] } = given;
    const { uploads = [], new_addresses = {}, safety_snapshot = false } = given;
    const roles = { is_member, is_control_plane, etcd_unit };
    const rest = { copies, record, fenced, uploads, new_addresses, safety_snapshot };
    const facts = await look({ ...given, ...roles, ...rest }, ask);
    return facts.ok ? ok(reportOf(facts.value)) : facts;
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
