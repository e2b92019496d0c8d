import Type from 'typebox';
import { refused } from '../core/failure.js';
import { isWithin, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { isNoAnswer } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { accessOf, MemberFacts } from './etcd/member.js';
import { saveMsMax, savesSnapshot, unsavesSnapshot } from './etcd/save.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  to: hostPath('The file to make on the host; never inside the data directory.'),
});

/** Saves, checks the trailer that etcd appended, and says what is inside. */
export const etcdSnapshot = defineModule({
  name: 'etcd_snapshot',
  summary: 'Takes a snapshot of etcd into a file on this host, and checks it.',
  example: `
- name: Take a snapshot
  etcd_snapshot:
    member: \${{ results.etcd }}
    to: \${{ vars.work_dir }}/\${{ run.id }}/snapshot.db
  timeout: 15m
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    sha256: Type.String(),
    size_bytes: Type.Integer(),
    revision: Type.Integer(),
    total_keys: Type.Integer(),
    content_sha256: Type.String(),
    keys: Type.Integer(),
    keys_by_kind: Type.Record(Type.String(), Type.Integer()),
    etcd_version: Type.String(),
  }),
  readOnly: false,
  mayAlter: ({ to }) => [to, `${to}.part`].map((path) => ({ kind: 'path', path })),
  repeatable: false,
  undo: {
    kind: 'by-cases',
    cases: ({ to }) => unsavesSnapshot(to),
  },

  async probe({ member, to }, ask) {
    if (isWithin(to, member.data_dir)) {
      const message = `${to} is inside etcd’s data directory`;
      return err(refused('snapshot-in-data-dir', message, 'save it elsewhere'));
    }
    const seen = await ask.host({
      file: { kind: 'stat', path: to },
      room: { kind: 'mount', path: parentOf(to) },
      status: { kind: 'etcd-status', access: accessOf(member) },
    });
    if (!seen.ok) return seen;
    const { file, room, status } = seen.value;
    if (isNoAnswer(status)) {
      const message = 'the member does not answer';
      return err(refused('no-answer', message, 'look at its log', status.detail));
    }
    if (room.freeBytes < status.dbSizeBytes) {
      const message = `${room.mountPoint} has ${room.freeBytes} bytes free, and the database is ${status.dbSizeBytes}`;
      return err(refused('no-room', message, 'make room, or save elsewhere'));
    }
    return ok({ exists: file !== null, version: status.version });
  },

  plan({ member, to }, before) {
    if (before.exists) {
      return err(refused('snapshot-exists', `${to} is there already`, 'name another file'));
    }
    return ok(savesSnapshot(member, to, false));
  },

  async verify({ member, to }, before, _receipts, ask) {
    const seen = await ask.host({
      file: { kind: 'snapshot-file', path: to },
      status: {
        kind: 'snapshot-status',
        tool: member.restore_tool,
        path: to,
        timeoutMs: saveMsMax,
      },
    });
    if (!seen.ok) return seen;
    const { file, status } = seen.value;
    if (file === null || !file.isBolt || file.trailer !== 'valid') {
      const message = `the snapshot ${to} is not sound: its trailer is ${file?.trailer ?? 'missing'}`;
      return err(refused('snapshot-not-sound', message, 'take it again; look at the disk'));
    }
    if (isNoAnswer(status)) {
      return err(
        refused('snapshot-unreadable', `${to} cannot be read`, 'see below', status.detail),
      );
    }
    // Read at the snapshot's own revision: the cluster goes on writing meanwhile.
    const inside = await ask.host({
      content: { kind: 'etcd-content', access: accessOf(member), revision: status.revision },
    });
    if (!inside.ok) return inside;
    const { content } = inside.value;
    if (isNoAnswer(content)) {
      const message = `etcd no longer has revision ${status.revision} to compare with`;
      return err(refused('revision-compacted', message, 'take the backup again', content.detail));
    }
    return ok({
      path: to,
      sha256: file.sha256,
      size_bytes: file.sizeBytes,
      revision: status.revision,
      total_keys: status.totalKeys,
      content_sha256: content.sha256,
      keys: content.keys,
      keys_by_kind: { ...content.keysByKind },
      etcd_version: before.version,
    });
  },
  material: ({ exists }) => ({ exists }),
});
