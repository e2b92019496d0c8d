import Type, { type Static } from 'typebox';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { MemberFacts } from './etcd/member.js';
import { savesSnapshot, unsavesSnapshot } from './etcd/save.js';

const Role = Type.Object({
  is_leader: Type.Boolean(),
  db_size_bytes: Type.Integer(),
});

/**
 * The last state of what is about to be replaced, in a form that any etcd can be restored from. Nothing
 * is read of it now: every moment counts while the API is away. The old data directory is kept besides,
 * so that its lack is never a reason to refuse a restore.
 */
export const etcdSafetySnapshot = defineModule({
  name: 'etcd_safety_snapshot',
  summary:
    'On the leader, takes a snapshot of what is about to be replaced; says so where it cannot, and goes on.',
  example: `
- name: Ask who leads now
  etcd_status:
    member: \${{ results.etcd }}
  register: leading
- name: Keep a snapshot of what is about to be replaced
  etcd_safety_snapshot:
    member: \${{ results.etcd }}
    role: \${{ results.leading }}
    led: true
    to: \${{ vars.work_dir }}/\${{ run.id }}/safety.db
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
    role: Type.Unsafe<Static<typeof Role>>({
      ...Role,
      description: 'What etcd_status has just said: only the leader of a quorum takes one.',
      observed: true,
    }),
    led: Type.Boolean({
      description:
        'Does any member lead? ${{ play.hosts.exists(h, h.results.NAME.is_leader) }}: without a quorum there is none to take.',
    }),
    to: hostPath('The file to make on the host; never inside the data directory.'),
  }),
  result: Type.Object({
    taken: Type.Boolean(),
    path: Type.String({ description: 'Empty when none was taken.' }),
    message: Type.String(),
  }),
  readOnly: false,
  mayAlter: ({ to }) => [to, `${to}.part`].map((path) => ({ kind: 'path', path })),
  // etcdctl begins FILE.part anew each time.
  repeatable: true,
  undo: {
    kind: 'by-cases',
    cases: ({ to }) => unsavesSnapshot(to),
  },

  async probe({ role, to }, ask) {
    if (!role.is_leader) return ok({ exists: false, freeBytes: 0 });
    const seen = await ask.host({
      file: { kind: 'stat', path: to },
      room: { kind: 'mount', path: parentOf(to) },
    });
    if (!seen.ok) return seen;
    const { file, room } = seen.value;
    return ok({ exists: file !== null, freeBytes: room.freeBytes });
  },

  plan({ member, role, to }, { exists, freeBytes }) {
    // Twice: the kubelet, which evicts pods when a disk is nearly full, must not notice.
    if (!role.is_leader || exists || freeBytes < role.db_size_bytes * 2) return ok([]);
    return ok(savesSnapshot(member, to, true));
  },

  async verify({ role, led, to }, before, receipts, ask) {
    const none = { taken: false, path: '' };
    if (!led) return ok({ ...none, message: 'no safety snapshot: no member leads a quorum' });
    if (!role.is_leader) return ok({ ...none, message: 'another member leads' });
    if (receipts.length === 0 && !before.exists) {
      const message = `no safety snapshot: ${before.freeBytes} bytes are free here, and the database is ${role.db_size_bytes}`;
      return ok({ ...none, message });
    }
    const seen = await ask.host({ file: { kind: 'stat', path: to } });
    if (!seen.ok) return seen;
    const taken = seen.value.file !== null;
    const message = taken ? `kept in ${to}` : `no safety snapshot: ${to} is not there`;
    return ok({ taken, path: taken ? to : '', message });
  },
  material: ({ exists }) => ({ exists }),
});
