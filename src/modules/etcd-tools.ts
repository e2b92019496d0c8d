import Type from 'typebox';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { join } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { EtcdTool } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, controllerPath, hostPath, manifestCopies, UNIT_NAME } from './arguments.js';
import { recordArgument } from './etcd/record.js';
import { seeTools } from './etcd/see-tools.js';
import { bring, intoTrash, mountIn, outOfImage, unmount } from './etcd/tool-changes.js';
import { fits, pairOf } from './etcd/tools.js';

const args = argumentsOf({
  tools_dir: hostPath('Where this run puts programs that the host lacks. Made 0700.'),
  manifest: hostPath('Where the static pod’s manifest lies, or lay: it names the image.'),
  copies: manifestCopies('Where copies may lie when the manifest was moved away, in this order.'),
  record: recordArgument('The backup’s record, for a host that has no manifest any more.'),
  host: Type.String({ description: 'The host’s name in the inventory: ${{ host.name }}.' }),
  address: Type.Optional(Type.String({ description: 'Its address: ${{ host.address }}.' })),
  unit: Type.Optional(
    Type.String({
      pattern: UNIT_NAME,
      description: 'The unit of systemd that runs etcd where no kubelet does. Default: etcd.',
    }),
  ),
  uploads: Type.Optional(
    Type.Array(controllerPath('A directory with etcdctl and etcdutl for the hosts.'), {
      maxItems: 1,
      description: 'What to send to hosts that lack them. None: they come from the host itself.',
    }),
  ),
  in_place: Type.Optional(
    Type.Boolean({
      description:
        'Use those of the running container where they lie, without a copy: for a task that needs etcd to run anyway. Default: false.',
    }),
  ),
});

/** Most control-plane hosts have no etcd programs at all: they are in etcd's own image. */
export const etcdTools = defineModule({
  name: 'etcd_tools',
  summary:
    'Sees that the host has etcdctl and etcdutl of its etcd’s version: its own, those that you give, or those of etcd’s container or image.',
  example: `
- name: Have the etcd programs at hand
  etcd_tools:
    tools_dir: \${{ vars.work_dir }}/\${{ run.id }}/bin
    manifest: \${{ vars.manifests_dir }}/etcd.yaml
    host: \${{ host.name }}
`,
  place: 'host',
  args,
  result: Type.Object({
    from: Type.String({ description: 'host, upload, running or image.' }),
    etcdctl: Type.String({ description: 'Absolute path on the host.' }),
    etcdutl: Type.String({ description: 'Absolute path on the host; empty: there is none.' }),
    version: Type.String({ description: 'Of etcdctl.' }),
    sent: Type.Array(
      Type.Object({ path: Type.String(), original: Type.String(), sha256: Type.String() }),
      { description: 'What was sent from this machine, for discard_copy.' },
    ),
  }),
  readOnly: false,
  mayAlter: ({ tools_dir }) => [{ kind: 'path', path: tools_dir }],
  repeatable: true,
  undo: {
    kind: 'by-cases',
    cases: ({ tools_dir }, { through }) => {
      const back = intoTrash(tools_dir, tools_dir);
      const mounted = mountIn(tools_dir);
      return [
        { when: [{ path: mounted, is: 'present' }], changes: [unmount(through, mounted), back] },
        { when: [{ path: tools_dir, is: 'present' }], changes: [back] },
        { when: [], changes: [] },
      ];
    },
  },
  probe: seeTools,

  plan({ tools_dir }, before) {
    const { from, wanted, placed, freeBytes } = before;
    if (from === null && !before.isPlaced) return err(nowhere(before.lack));
    if (from === null || from === 'host' || before.isPlaced) return ok([]);
    if (from === 'running' && wanted.length === 0) return ok([]);
    const neededBytes = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (freeBytes < neededBytes) {
      const message = `${tools_dir}: ${freeBytes} bytes are free, and ${neededBytes} are needed`;
      return err(refused('no-room', message, 'make room on the host'));
    }
    const folder: Change = { kind: 'make-directory', path: tools_dir, mode: 0o700 };
    if (from === 'image') return ok([folder, outOfImage(tools_dir, before)]);
    return ok([
      folder,
      ...wanted.flatMap((one): Change[] => {
        const to = join(tools_dir, one.name);
        const isThere = placed[one.name] === one.sha256;
        const isOther = placed[one.name] !== null && !isThere;
        return [
          ...(isOther ? [intoTrash(to, tools_dir)] : []),
          ...(isThere ? [] : [bring(from, one, to, tools_dir)]),
        ];
      }),
    ]);
  },

  async verify(given, before, _receipts, ask) {
    const { tools_dir } = given;
    const { peerUrl } = before;
    const seen = await ask.host({
      tools: { kind: 'etcd-tools', folder: tools_dir, image: null, peerUrl },
    });
    if (!seen.ok) return seen;
    const { tools } = seen.value;
    const isInPlace = before.from === 'running' && before.wanted.length === 0;
    const place = isInPlace ? 'running' : before.from === 'host' ? 'host' : 'folder';
    const pair = pairOf(tools[place]);
    if (pair === null) return err(doesNotRun(tools[place].etcdctl, tools_dir));
    if (before.from === 'upload' && !fits(pair, before.version)) {
      return err(wrongVersion(given, pair.etcdctl.version, before.version));
    }
    return ok({
      from: before.from ?? 'folder',
      etcdctl: pair.etcdctl.path,
      etcdutl: pair.etcdutl?.path ?? '',
      version: pair.etcdctl.version,
      sent:
        before.from !== 'upload'
          ? []
          : before.wanted.map(({ name, from, sha256 }) => ({
              path: join(tools_dir, name),
              original: from,
              sha256,
            })),
    });
  },
  material: ({ hasFolder }) => ({ hasFolder }),
});

function nowhere(lack: string): Failure {
  const message = 'there is no program on this host that can restore, and none to be had from it';
  const next =
    'give a directory of this machine with etcdctl and etcdutl of the cluster’s release: -e \'etcd_tools=["DIR"]\'. Out of an image they are taken only where containerd’s ctr is';
  return refused('no-etcd-tools', message, next, lack);
}

function doesNotRun(tool: EtcdTool | null, toolsDir: string): Failure {
  const message = `${tool?.path ?? join(toolsDir, 'etcdctl')} does not run on this host`;
  const next = `see whether it is of this machine’s kind (uname -m), and whether ${toolsDir} may hold programs (noexec)`;
  return refused('tool-fails', message, next, tool?.said ?? 'it is missing');
}

function wrongVersion(
  { uploads = [] }: { readonly uploads?: readonly string[] },
  given: string,
  version: string,
): Failure {
  const message = `the programs in ${uploads[0]} are of ${given}, and etcd here is ${version}`;
  return refused('tool-version', message, 'give those of etcd’s own release');
}
