import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf, hostPath, manifestCopies, UNIT_NAME } from './arguments.js';
import { collect } from './diagnose/collect.js';
import { Collected } from './diagnose/collected.js';

/** Everything that a person would look at first, in three round trips, and nothing that opens a door. */
export const collectLogs = defineModule({
  name: 'collect_logs',
  summary:
    'Reads the ends of the control plane’s logs, and what the host, the member and its peers say; tokens and keys are left out.',
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
`,
  place: 'host',
  args: argumentsOf({
    host: Type.String({ description: 'The host’s name in the inventory: ${{ host.name }}.' }),
    address: Type.String({ description: 'Its address: ${{ host.address }}.' }),
    run: Type.String({ description: '${{ run.id }}' }),
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
    parked_dir: hostPath('Where runs park manifests.'),
    work_dir: hostPath('Where runs prepare data directories.'),
    copies: manifestCopies('Where copies of manifests may lie when they were moved away.'),
    bytes: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 1_000_000,
        description: 'How much of the end of each log. Default: 65536.',
      }),
    ),
  }),
  result: Collected,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  // Asked once, and recorded once: what is collected is large.
  probe: async () => ok({}),
  plan: () => ok([]),
  async verify(given, _before, _receipts, ask) {
    const { is_member = true, is_control_plane = true, copies = [], bytes = 65_536 } = given;
    const where = { ...NOTHING_ELSE, ...given, is_member, is_control_plane, copies };
    return collect(where, bytes, ask);
  },
  material: () => ({}),
});

/** What a restore would be told besides. */
const NOTHING_ELSE = {
  etcd_unit: 'etcd',
  record: null,
  safety_snapshot: false,
  fenced: [],
  uploads: [],
  new_addresses: {},
} as const;
