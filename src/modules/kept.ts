import Type, { type Static } from 'typebox';
import { nameOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Question, SnapshotFile } from '../core/question.js';
import { ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

const Kept = Type.Object({
  path: Type.String(),
  size_bytes: Type.Integer(),
  sha256: Type.String({ description: 'Of a snapshot; empty for a directory.' }),
});

/** What a run leaves takes room and holds Secrets: whoever knows of it can take it away in time. */
export const kept = defineModule({
  name: 'kept',
  summary:
    'Says how large directories are that were kept on this host, and whether snapshots are sound.',
  example: `
- name: Say what was kept
  kept:
    directories: ["\${{ vars.work_dir }}/\${{ run.id }}/etcd.before"]
    snapshots: ["\${{ vars.work_dir }}/\${{ run.id }}/safety.db"]
`,
  place: 'host',
  args: argumentsOf({
    directories: Type.Array(hostPath('A directory.'), {
      description: 'What is there of these is listed.',
    }),
    snapshots: Type.Array(hostPath('A file.'), {
      description: 'What is there of these is read, and compared with the digest at its end.',
    }),
  }),
  result: Type.Object({
    places: Type.Array(Kept),
    sound: Type.Array(Type.String(), { description: 'The snapshots whose digest fits.' }),
    message: Type.String(),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ directories, snapshots }, ask) {
    const questions: { [name: string]: Question } = {};
    for (const path of directories) questions[path] = { kind: 'tree-size', path };
    for (const path of snapshots) questions[path] = { kind: 'snapshot-file', path };
    const seen = await ask.host(questions);
    if (!seen.ok) return seen;
    const trees = directories.flatMap((path): Place[] => {
      const size = seen.value[path] as { readonly sizeBytes: number } | null;
      return size === null ? [] : [{ path, size_bytes: size.sizeBytes, sha256: '' }];
    });
    const sound: string[] = [];
    const files = snapshots.flatMap((path): Place[] => {
      const file = seen.value[path] as SnapshotFile | null;
      if (file === null) return [];
      if (file.isBolt && file.trailer === 'valid') sound.push(path);
      return [{ path, size_bytes: file.sizeBytes, sha256: file.sha256 }];
    });
    const places = [...trees, ...files];
    const lines = places.map(
      (one) => `${sizeOf(one)}${one.sha256 === '' || sound.includes(one.path) ? '' : ', DAMAGED'}`,
    );
    return ok({ places, sound, message: lines.join(', ') });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

type Place = Static<typeof Kept>;

function sizeOf({ path, size_bytes }: Place): string {
  return `${nameOf(path)}: ${(size_bytes / 1_000_000).toFixed(1)} MB`;
}
