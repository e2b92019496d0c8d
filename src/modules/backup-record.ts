import Type, { type Static } from 'typebox';
import { refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import {
  type BackupRecord,
  RecordedControlPlane,
  RecordedHost,
  type RecordedSnapshot,
  recordPathOf,
} from './etcd/record.js';

const args = argumentsOf({
  file: Type.String({ description: 'The snapshot on this machine; the record goes beside it.' }),
  run: Type.String({ description: '${{ run.id }}' }),
  created: Type.String({ description: '${{ run.started }}' }),
  snapshot: Type.Unsafe<Static<typeof RecordedSnapshot>>(
    Type.Object({}, { description: 'What etcd_snapshot found in it.' }),
  ),
  members: Type.Array(RecordedHost, { description: 'What is known of every member of etcd.' }),
  control_plane: Type.Array(RecordedControlPlane, {
    description: 'And of every host with API servers; with stacked etcd these are the same hosts.',
  }),
});

/** Written last: a backup without a record is not one, and the restore says so. */
export const backupRecord = defineModule({
  name: 'backup_record',
  summary: 'Writes what a backup holds beside its snapshot: digests, revision, members, manifests.',
  example: `
- name: Write the record
  backup_record:
    file: \${{ vars.backup_dir }}/\${{ run.id }}/snapshot.db
    run: \${{ run.id }}
    created: \${{ run.started }}
    snapshot: \${{ hosts[results.source.host].results.snapshot }}
    members: >-
      \${{ play.hosts.map(h, {
        "name": h.name,
        "member": h.results.etcd.name,
        "peer_urls": h.results.etcd.peer_urls,
        "image": h.results.etcd.image,
        "manifests": h.results.pods.manifests
      }) }}
    control_plane: []
`,
  place: 'controller',
  args,
  result: Type.Object({ path: Type.String(), sha256: Type.String() }),
  readOnly: false,
  repeatable: true,
  undo: { kind: 'derived' },

  async probe({ file }, ask) {
    const seen = await ask.controller({
      snapshot: { kind: 'snapshot-file', path: file },
      record: { kind: 'digest', path: recordPathOf(file) },
    });
    if (!seen.ok) return seen;
    const { snapshot, record } = seen.value;
    return ok({ snapshot: snapshot?.sha256 ?? null, record: record?.sha256 ?? null });
  },

  plan(given, before) {
    if (before.snapshot !== given.snapshot.sha256) {
      const message = `${given.file} is not the snapshot that was taken`;
      return err(refused('snapshot-other', message, 'take the backup again'));
    }
    const text = recordText(given);
    if (before.record === sha256(text)) return ok([]);
    const path = recordPathOf(given.file);
    const trash = `${parentOf(path)}/trash`;
    return ok([{ kind: 'write-file', path, text, mode: 0o600, trash }]);
  },

  async verify(given, _before, _receipts, ask) {
    const path = recordPathOf(given.file);
    const seen = await ask.controller({ record: { kind: 'digest', path } });
    if (!seen.ok) return seen;
    const wanted = sha256(recordText(given));
    if (seen.value.record?.sha256 === wanted) return ok({ path, sha256: wanted });
    const message = `${path} does not hold what was written`;
    return err(refused('record-not-written', message, 'look at this machine’s disk'));
  },
  material: ({ record }) => ({ record }),
});

function recordText(given: Static<typeof args>): string {
  const { path: _, ...inside } = given.snapshot as { path?: string } & typeof given.snapshot;
  const record: Static<typeof BackupRecord> = {
    version: 1,
    created: given.created,
    run: given.run,
    snapshot: { ...pick(inside), file: given.file.slice(given.file.lastIndexOf('/') + 1) },
    hosts: joined(given),
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** One entry for each host, whatever runs on it. */
function joined({ members, control_plane }: Static<typeof args>): RecordedHost[] {
  const whole = members.map((member) => {
    const same = control_plane.find(({ name }) => name === member.name);
    return { ...member, manifests: { ...member.manifests, ...same?.manifests } };
  });
  const alone = control_plane.filter(({ name }) => !members.some((one) => one.name === name));
  return [...whole, ...alone.map((one) => ({ ...one, member: '', peer_urls: [], image: '' }))];
}

/** The fields of a record and no others: a register also says whether its task ran. */
function pick(snapshot: Static<typeof RecordedSnapshot>): Static<typeof RecordedSnapshot> {
  const { file, sha256: digest, size_bytes, revision, total_keys, content_sha256 } = snapshot;
  const { keys, keys_by_kind, etcd_version } = snapshot;
  const content = { content_sha256, keys, keys_by_kind, etcd_version };
  return { file, sha256: digest, size_bytes, revision, total_keys, ...content };
}
