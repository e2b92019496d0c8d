import Type from 'typebox';
import { sha256 } from '../core/hash.js';
import { defineModule } from '../core/module.js';
import type { Question, Stat } from '../core/question.js';
import { ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { MemberFacts } from './etcd/member.js';
import { unitOf } from './etcd/member-places.js';
import { RecordedFile } from './etcd/record.js';
import { readManifests } from './read-manifests.js';

const fileBytesMax = 1_000_000;

/** What the member is started from, for the backup's record: when it is lost, it can be written back. */
export const etcdMemberFiles = defineModule({
  name: 'etcd_member_files',
  summary:
    'Reads what the member on this host is started from: its manifest, or the files of its unit.',
  example: `
- name: Read what the member is started from
  etcd_member_files:
    member: \${{ results.etcd }}
    manifests_dir: \${{ vars.manifests_dir }}
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
    manifests_dir: hostPath('The kubelet’s folder of static pods.'),
  }),
  result: Type.Object({
    manifests: Type.Record(Type.String(), RecordedFile, {
      description: 'A manifest by its pod’s name, the files of a unit by their paths.',
    }),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member, manifests_dir }, ask) {
    if (unitOf(member) === null) {
      const read = await readManifests.probe({ manifests_dir, pods: ['etcd'] }, ask);
      return read.ok ? ok({ manifests: read.value.manifests }) : read;
    }
    const paths = member.unit_files ?? [];
    const questions: { [name: string]: Question } = {};
    for (const path of paths) {
      // Where it is a link, the file behind it is what systemd reads.
      questions[`stat ${path}`] = { kind: 'stat', path, follow: true };
      questions[`read ${path}`] = { kind: 'read', path, bytesMax: fileBytesMax };
    }
    const seen = await ask.host(questions);
    if (!seen.ok) return seen;
    const manifests: { [path: string]: RecordedFile } = {};
    for (const path of paths) {
      const stat = seen.value[`stat ${path}`] as Stat | null;
      const file = seen.value[`read ${path}`] as { readonly text: string } | null;
      if (stat === null || file === null) continue;
      const { uid, gid, mode } = stat;
      manifests[path] = { path, text: file.text, uid, gid, mode, sha256: sha256(file.text) };
    }
    return ok({ manifests });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
