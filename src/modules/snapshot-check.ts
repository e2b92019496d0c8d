import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { nameOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { SnapshotFile } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { givenSnapshot } from './etcd/given-snapshot.js';
import { BackupRecord, bareRecord, recordPathOf } from './etcd/record.js';

const recordBytesMax = 16_000_000;
/** bbolt writes whole pages of the machine’s page size, 4 KiB or a multiple of it. */
const boltPageBytes = 4_096;

const Checked = Type.Object({
  path: Type.String({ description: 'The file itself, also where a directory was given.' }),
  sha256: Type.String(),
  size_bytes: Type.Integer(),
  has_record: Type.Boolean({ description: 'False: nothing is known of what is inside.' }),
  raw: Type.Boolean({
    description: 'A copy out of a data directory: it has no digest of its own.',
  }),
  record: BackupRecord,
  message: Type.Optional(Type.String({ description: 'What is not known of a raw copy.' })),
});

/** Before any host is touched: is this the file that was saved, whole, and do we know what is in it? */
export const snapshotCheck = defineModule({
  name: 'snapshot_check',
  summary: 'Checks a snapshot on this machine against its own trailer and the backup’s record.',
  example: `
- name: Check the snapshot
  snapshot_check:
    file: \${{ vars.snapshot }}
    record: required
`,
  place: 'controller',
  args: argumentsOf({
    file: Type.String({
      description:
        'The snapshot, or the directory of its backup; its record lies beside it, named FILE.record.json. For raw also a copy of a whole data directory.',
    }),
    record: Type.Optional(
      Type.Union([Type.Literal('required'), Type.Literal('optional')], {
        description:
          'optional: a snapshot of another tool is good enough; what is in it is not proved then. Default: required.',
      }),
    ),
    kind: Type.Optional(
      Type.String({
        pattern: '^(snapshot|raw)$',
        description:
          'raw: the database out of a data directory (member/snap/db), which has neither digest nor record. Default: snapshot.',
      }),
    ),
  }),
  result: Checked,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ file: given, record: wanted = 'required', kind = 'snapshot' }, ask) {
    const raw = kind === 'raw';
    const named = await givenSnapshot(given, raw, ask.controller);
    if (!named.ok) return named;
    const file = named.value;
    const seen = await ask.controller({
      snapshot: { kind: 'snapshot-file', path: file },
      record: { kind: 'read', path: recordPathOf(file), bytesMax: recordBytesMax },
    });
    if (!seen.ok) return seen;
    const { snapshot, record } = seen.value;
    if (snapshot === null) return err(missing(file));
    const parsed = record === null ? null : parseRecord(record.text);
    if (parsed !== null && !parsed.ok) return parsed;
    const promised = parsed?.value ?? null;
    const damage = raw ? damageOfRaw(file, snapshot, promised) : damageOf(file, snapshot, promised);
    if (damage !== null) return err(damage);
    if (parsed === null && wanted === 'required' && !raw) return err(noRecord(file));
    const { sha256, sizeBytes } = snapshot;
    return ok({
      path: file,
      sha256,
      size_bytes: sizeBytes,
      has_record: parsed !== null,
      raw,
      ...(raw ? { message: ofRaw(file) } : {}),
      record: parsed?.value ?? bareRecord(nameOf(file), sha256, sizeBytes),
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function parseRecord(text: string): Result<Static<typeof BackupRecord>, Failure> {
  const next = 'use the record that was made with the snapshot';
  const record = jsonOf(text);
  if (!Value.Check(BackupRecord, record)) {
    const message = 'the record beside the snapshot is not one that runback wrote';
    return err(refused('record-damaged', message, next));
  }
  // Its manifests may be written to hosts, where they run as root: each must be what was read then.
  const files = record.hosts.flatMap((host) => Object.values(host.manifests));
  const changed = files.find((file) => file.sha256 !== sha256(file.text));
  if (changed === undefined) return ok(record);
  const message = `the record’s copy of ${changed.path} does not agree with its own digest`;
  return err(refused('record-damaged', message, next));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damageOf(
  file: string,
  { isBolt, trailer, sha256: digest, sizeBytes }: SnapshotFile,
  record: Static<typeof BackupRecord> | null,
): Failure | null {
  const next = 'take another copy of this backup, or an older backup; nothing was changed';
  const promised = record?.snapshot;
  if (promised !== undefined && sizeBytes !== promised.size_bytes) {
    const message = `${file} has ${sizeBytes} bytes, and the record says ${promised.size_bytes}: it is cut or grown`;
    return refused('snapshot-truncated', message, next);
  }
  if (!isBolt) return refused('not-a-snapshot', `${file} is not an etcd database`, next);
  if (trailer === 'absent' && sizeBytes % boltPageBytes === 0) {
    const message = `${file} is a database as it lies in a data directory (member/snap/db), not a snapshot`;
    const instead =
      'use what `etcdctl snapshot save` made; if this is all that is left: -e snapshot_kind=raw, without what was only in its WAL';
    return refused('raw-database', message, instead);
  }
  if (trailer === 'absent') {
    const message = `${file} does not end with a digest: it is cut`;
    return refused('snapshot-no-trailer', message, next);
  }
  if (trailer === 'wrong') {
    const message = `${file} is damaged: its bytes do not agree with the digest at its end`;
    return refused('snapshot-damaged', message, next);
  }
  if (promised === undefined || digest === promised.sha256) return null;
  const message = `${file} is sound, but not the snapshot that the record beside it was made for`;
  return refused('snapshot-other', message, 'put the two that belong together side by side');
}

/** Whole pages of a database, and nothing behind them: more cannot be seen before it is read. */
function damageOfRaw(
  file: string,
  { isBolt, trailer, sha256: digest, sizeBytes }: SnapshotFile,
  record: Static<typeof BackupRecord> | null,
): Failure | null {
  const next = 'take another copy of member/snap/db, best of a member that is stopped';
  if (!isBolt) return refused('not-a-snapshot', `${file} is not an etcd database`, next);
  if (trailer !== 'absent') {
    const message = `${file} ends like a snapshot: its digest is to be checked, not skipped`;
    return refused('not-raw', message, 'leave snapshot_kind out, and say -e record=optional');
  }
  if (sizeBytes % boltPageBytes !== 0) {
    const message = `${file} does not end with a whole page of its database: it is cut`;
    return refused('raw-cut', message, next);
  }
  if (record === null || digest === record.snapshot.sha256) return null;
  const message = `the record beside ${file} was made for another file`;
  return refused('snapshot-other', message, 'take the record away from it');
}

function ofRaw(file: string): string {
  return `${file} is a copy out of a data directory, not a snapshot: it has no digest, it lacks what was only in the WAL, and it may have been copied while etcd wrote to it.`;
}

function missing(file: string): Failure {
  const next = 'name the snapshot of a backup: -e snapshot=backups/RUN/snapshot.db';
  return refused('snapshot-missing', `${file} does not exist on this machine`, next);
}

function noRecord(file: string): Failure {
  const message = `there is no record beside ${file}`;
  const next = `it is written by backup.yml as ${recordPathOf(file)}; for a snapshot of another tool say record: optional (-e record=optional): its content is then not proved`;
  return refused('no-record', message, next);
}
