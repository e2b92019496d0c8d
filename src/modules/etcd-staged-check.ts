import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { join } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { isNoAnswer } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { MemberFacts } from './etcd/member.js';
import { BackupRecord, UNKNOWN_KEYS } from './etcd/record.js';
import { stagingOf } from './etcd/staging.js';

/** A database of 8 GB is read in less. */
const timeoutMs = 120_000;

/** Behind the staging and before anything stops: is what was built what the backup holds? */
export const etcdStagedCheck = defineModule({
  name: 'etcd_staged_check',
  summary:
    'Reads revision and number of keys out of a data directory that etcd_restore made, and compares them with the backup’s record.',
  example: `
- name: Check that what was built is what the backup holds
  etcd_staged_check:
    member: \${{ results.etcd }}
    run: \${{ run.id }}
    record: \${{ results.snapshot.record }}
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
    run: Type.String({ description: 'As etcd_restore was given it: ${{ run.id }}.' }),
    record: Type.Unsafe<BackupRecord>({ ...BackupRecord, description: 'The backup’s record.' }),
    bump_revision: Type.Optional(
      Type.Integer({ minimum: 0, description: 'By how much its revision was raised. Default: 0.' }),
    ),
  }),
  result: Type.Object({
    revision: Type.Integer(),
    total_keys: Type.Integer({ description: 'With every revision of a key that is kept.' }),
    compared: Type.Boolean({ description: 'False: the record does not say what to compare with.' }),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member, run, record, bump_revision = 0 }, ask) {
    const path = join(stagingOf(member, run).dataDir, 'member/snap/db');
    const tool = member.restore_tool;
    const seen = await ask.host({ db: { kind: 'snapshot-status', tool, path, timeoutMs } });
    if (!seen.ok) return seen;
    const { db } = seen.value;
    if (isNoAnswer(db)) return err(unreadable(path, db.detail));
    const { revision, keys } = record.snapshot;
    const compared = keys !== UNKNOWN_KEYS;
    const wanted = revision + bump_revision;
    if (compared && (db.revision !== wanted || db.totalKeys < keys)) {
      const found = `revision ${db.revision} with ${db.totalKeys} entries`;
      return err(other(path, found, `revision ${wanted} with at least ${keys}`));
    }
    return ok({ revision: db.revision, total_keys: db.totalKeys, compared });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function unreadable(path: string, detail: string): Failure {
  const message = `the database that was built cannot be read (${path})`;
  return refused('staged-unreadable', message, 'look at the disk, then run it again', detail);
}

function other(path: string, found: string, wanted: string): Failure {
  const message = `${path} holds ${found}, and the backup’s record says ${wanted}`;
  const next = 'use the record that was made with the snapshot; nothing was stopped';
  return refused('staged-other', message, next);
}
