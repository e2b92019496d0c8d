import Type from 'typebox';
import { sha256 } from '../core/hash.js';
import { join } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Question } from '../core/question.js';
import { ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { manifestBytesMax } from './etcd/manifest.js';
import { RecordedFile } from './etcd/record.js';

/** The four manifests as they lie there, with owner and mode: for the backup's record. */
export const readManifests = defineModule({
  name: 'read_manifests',
  summary: 'Reads the manifests of static pods, with owner, mode and digest.',
  example: `
- name: Read the manifests
  read_manifests:
    manifests_dir: \${{ vars.manifests_dir }}
    pods: [etcd, kube-apiserver]
`,
  place: 'host',
  args: argumentsOf({
    manifests_dir: hostPath('The kubelet’s folder of static pods.'),
    pods: Type.Array(Type.String(), {
      description: 'Names without `.yaml`: [etcd, kube-apiserver].',
    }),
  }),
  result: Type.Object({
    manifests: Type.Record(Type.String(), RecordedFile),
    missing: Type.Array(Type.String()),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ manifests_dir, pods }, ask) {
    const questions: { [name: string]: Question } = {};
    for (const pod of pods) {
      const path = join(manifests_dir, `${pod}.yaml`);
      questions[`stat ${pod}`] = { kind: 'stat', path };
      questions[`read ${pod}`] = { kind: 'read', path, bytesMax: manifestBytesMax };
    }
    const seen = await ask.host(questions);
    if (!seen.ok) return seen;
    const manifests: { [pod: string]: RecordedFile } = {};
    const missing: string[] = [];
    for (const pod of pods) {
      const stat = seen.value[`stat ${pod}`] as { uid: number; gid: number; mode: number } | null;
      const file = seen.value[`read ${pod}`] as { text: string } | null;
      if (stat === null || file === null) missing.push(pod);
      else {
        const { uid, gid, mode } = stat;
        const { text } = file;
        const path = join(manifests_dir, `${pod}.yaml`);
        manifests[pod] = { path, text, uid, gid, mode, sha256: sha256(text) };
      }
    }
    return ok({ manifests, missing });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
