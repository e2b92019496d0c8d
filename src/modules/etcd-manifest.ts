import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { defineModule } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { changedLines, withFlags } from './etcd/edit-manifest.js';
import { initialCluster, MemberFacts } from './etcd/member.js';

const manifestBytesMax = 1_000_000;

const args = argumentsOf({
  path: hostPath(
    'The manifest. One that is to be changed is parked: the kubelet must not run half of it.',
  ),
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'Every member that etcd is to know when it starts without data.',
  }),
  state: Type.Union([Type.Literal('new'), Type.Literal('existing')], {
    description: 'existing: it joins a cluster that lives.',
  }),
  only_show: Type.Optional(
    Type.Boolean({ description: 'Say what would be changed, and change nothing. Default: false.' }),
  ),
  trash: hostPath('Where the old manifest is kept.'),
});

type Given = Static<typeof args>;

interface Seen {
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly [key: string]: string | number;
}

/** etcd reads these flags only when it starts without data: with whom, and whether they live already. */
export const etcdManifest = defineModule({
  name: 'etcd_manifest',
  summary:
    'Writes into a parked manifest of etcd which members it starts with, and keeps the old one.',
  example: `
- name: Tell etcd whom it joins
  etcd_manifest:
    path: /etc/kubernetes/runback/\${{ run.id }}/etcd.yaml
    members: \${{ play.hosts.map(h, h.results.etcd) }}
    state: existing
    trash: /etc/kubernetes/runback/\${{ run.id }}/trash
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    changed_lines: Type.Array(Type.String(), { description: 'The whole difference.' }),
    message: Type.Optional(Type.String()),
  }),
  readOnly: false,
  mayAlter: ({ path, only_show = false }) => (only_show ? [] : [{ kind: 'path', path }]),
  repeatable: true,
  undo: { kind: 'derived' },

  probe: see,

  plan(given, before) {
    const edited = editedText(given, before);
    if (!edited.ok) return edited;
    if (edited.value === before.text || given.only_show === true) return ok([]);
    const { path, trash } = given;
    const { mode, uid, gid } = before;
    return ok([{ kind: 'write-file', path, text: edited.value, mode, uid, gid, trash }]);
  },

  async verify(given, before, _receipts, ask) {
    const edited = editedText(given, before);
    if (!edited.ok) return edited;
    const { path } = given;
    const lines = [...changedLines(before.text, edited.value)];
    const message = [`${path}:`, ...lines].join('\n');
    if (given.only_show === true) {
      return ok({ path, changed_lines: lines, ...(lines.length === 0 ? {} : { message }) });
    }
    const now = await see(given, ask);
    if (!now.ok) return now;
    if (now.value.text === edited.value) return ok({ path, changed_lines: lines });
    const changed = `${path} does not hold what was written`;
    return err(refused('manifest-not-written', changed, 'see who else writes it'));
  },
  material: ({ text, mode, uid, gid }) => ({ sha256: sha256(text), mode, uid, gid }),
});

async function see({ path }: Given, ask: Places): Promise<Result<Seen, Failure>> {
  const seen = await ask.host({
    stat: { kind: 'stat', path },
    file: { kind: 'read', path, bytesMax: manifestBytesMax },
  });
  if (!seen.ok) return seen;
  const { stat, file } = seen.value;
  if (stat === null || file === null || stat.type !== 'file') {
    const message = `${path} is no manifest that can be changed`;
    return err(refused('no-manifest', message, 'see where etcd’s manifest is, and put it there'));
  }
  const { mode, uid, gid } = stat;
  return ok({ text: file.text, mode, uid, gid });
}

function editedText({ path, members, state }: Given, { text }: Seen): Result<string, Failure> {
  return withFlags(path, text, {
    'initial-cluster': initialCluster(members),
    'initial-cluster-state': state,
  });
}
