import Type, { type Static } from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import type { SnapshotFile } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { BackupRecord, recordPathOf } from './etcd/record.js';

const recordBytesMax = 16_000_000;

const Checked = Type.Object({
  path: Type.String(),
  sha256: Type.String(),
  size_bytes: Type.Integer(),
  record: BackupRecord,
});

/** Before any host is touched: is this the file that was saved, whole, and do we know what is in it? */
export const snapshotCheck = defineModule({
  name: 'snapshot_check',
  summary: 'Checks a snapshot on this machine against its own trailer and the backup’s record.',
  place: 'controller',
  args: argumentsOf({
    file: Type.String({
      description: 'The snapshot; its record lies beside it, named FILE.record.json.',
    }),
  }),
  result: Checked,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ file }, ask) {
    const seen = await ask.controller({
      snapshot: { kind: 'snapshot-file', path: file },
      record: { kind: 'read', path: recordPathOf(file), bytesMax: recordBytesMax },
    });
    if (!seen.ok) return seen;
    const { snapshot, record } = seen.value;
    if (snapshot === null) return err(missing(file));
    const parsed = record === null ? null : parseRecord(record.text);
    if (parsed !== null && !parsed.ok) return parsed;
    const damage = damageOf(file, snapshot, parsed?.value ?? null);
    if (damage !== null) return err(damage);
    if (parsed === null) return err(noRecord(file));
    const { sha256, sizeBytes } = snapshot;
    return ok({ path: file, sha256, size_bytes: sizeBytes, record: parsed.value });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function parseRecord(text: string): Result<Static<typeof BackupRecord>, Failure> {
  try {
    const value = JSON.parse(text) as Json;
    const record = value as unknown as Static<typeof BackupRecord>;
    const isWhole =
      record.version === 1 &&
      typeof record.snapshot?.sha256 === 'string' &&
      typeof record.snapshot.content_sha256 === 'string' &&
      Array.isArray(record.hosts);
    if (isWhole) return ok(record);
  } catch {
    // Told below, like every other record that is none.
  }
  const message = 'the record beside the snapshot is not one that runback wrote';
  return err(refused('record-damaged', message, 'use the record that was made with the snapshot'));
}

function damageOf(
  file: string,
  { isBolt, trailer, sha256, sizeBytes }: SnapshotFile,
  record: Static<typeof BackupRecord> | null,
): Failure | null {
  const next = 'take another copy of this backup, or an older backup; nothing was changed';
  const promised = record?.snapshot;
  if (promised !== undefined && sizeBytes !== promised.size_bytes) {
    const message = `${file} has ${sizeBytes} bytes, and the record says ${promised.size_bytes}: it is cut or grown`;
    return refused('snapshot-truncated', message, next);
  }
  if (!isBolt) return refused('not-a-snapshot', `${file} is not an etcd database`, next);
  if (trailer === 'absent') {
    const message = `${file} does not end with a digest: it is cut, or a copy of a data directory`;
    return refused('snapshot-no-trailer', message, next);
  }
  if (trailer === 'wrong') {
    const message = `${file} is damaged: its bytes do not agree with the digest at its end`;
    return refused('snapshot-damaged', message, next);
  }
  if (promised === undefined || sha256 === promised.sha256) return null;
  const message = `${file} is sound, but not the snapshot that the record beside it was made for`;
  return refused('snapshot-other', message, 'put the two that belong together side by side');
}

function missing(file: string): Failure {
  const next = 'name the snapshot of a backup: -e snapshot=backups/RUN/snapshot.db';
  return refused('snapshot-missing', `${file} does not exist on this machine`, next);
}

function noRecord(file: string): Failure {
  const message = `there is no record beside ${file}`;
  const next = `it is written by backup.yml as ${recordPathOf(file)}; this version does not restore without it`;
  return refused('no-record', message, next);
}
