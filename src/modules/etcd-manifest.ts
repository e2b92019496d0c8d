import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath, manifestCopies } from './arguments.js';
import { changedLines, withAddress, withFlags } from './etcd/edit-manifest.js';
import { findMember } from './etcd/find-manifest.js';
import { startFlags } from './etcd/flags.js';
import { manifestBytesMax, readManifest } from './etcd/manifest.js';
import { MemberFacts } from './etcd/member.js';
import { movedTo, newAddressesArgument } from './etcd/readdress.js';
import { recordArgument } from './etcd/record.js';

/** Of what starts a member, wherever that is written. */
export const manifestArguments = {
  path: hostPath(
    'The manifest. One that is to be changed is parked: the kubelet must not run half of it.',
  ),
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'Every member that etcd is to know when it starts without data.',
  }),
  state: Type.Optional(
    Type.Union([Type.Literal('new'), Type.Literal('existing')], {
      description: 'existing: it joins a cluster that lives. Default: as it is written.',
    }),
  ),
  new_addresses: newAddressesArgument,
  copies: manifestCopies('What it is made from where it is missing.'),
  record: recordArgument('The backup’s record, where no copy is there either.'),
  host: Type.Optional(
    Type.String({ description: 'Whose address and manifest it is: ${{ host.name }}.' }),
  ),
  address: Type.Optional(
    Type.String({ description: 'To find it in the record: ${{ host.address }}.' }),
  ),
  only_show: Type.Optional(
    Type.Boolean({ description: 'Say what would be changed, and change nothing. Default: false.' }),
  ),
  trash: hostPath('Where the old manifest is kept.'),
};

const args = argumentsOf(manifestArguments);

type Given = Static<typeof args>;

interface Seen {
  /** Of the manifest, or of what it is made from. */
  readonly text: string;
  /** Null: it is missing, and made from a copy or from the record. */
  readonly sha256: string | null;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly [key: string]: string | number | null;
}

/**
 * With whom etcd starts, and whether they live already, it reads only where it has no data; its own addresses
 * always. What is changed is shown line by line, and the old manifest is kept.
 */
export const etcdManifest = defineModule({
  name: 'etcd_manifest',
  summary:
    'Writes into a parked manifest of etcd which members it starts with, and the host’s new address.',
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
  mayAlter: ({ path, only_show = false }) =>
    only_show ? [] : [path, parentOf(path)].map((one) => ({ kind: 'path', path: one })),
  repeatable: true,
  undo: { kind: 'derived' },

  probe: see,

  plan(given, before) {
    const edited = editedText(given, before);
    if (!edited.ok) return edited;
    if (edited.value === before.text || given.only_show === true) return ok([]);
    const { path, trash } = given;
    const { mode, uid, gid } = before;
    const text = edited.value;
    const write: Change = { kind: 'write-file', path, text, mode, uid, gid, trash };
    // Where nothing was parked, nobody has made its place.
    const place: Change = { kind: 'make-directory', path: parentOf(path), mode: 0o700 };
    return ok(before.sha256 === null ? [place, write] : [write]);
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
  material: ({ sha256, mode, uid, gid }) => ({ sha256, mode, uid, gid }),
});

async function see(given: Given, ask: Places): Promise<Result<Seen, Failure>> {
  const { path } = given;
  const seen = await ask.host({
    stat: { kind: 'stat', path },
    file: { kind: 'read', path, bytesMax: manifestBytesMax },
  });
  if (!seen.ok) return seen;
  const { stat, file } = seen.value;
  if (stat === null && (given.copies !== undefined || given.record !== undefined)) {
    return seeElsewhere(given, ask);
  }
  if (stat === null || file === null || stat.type !== 'file') {
    const message = `${path} is no manifest that can be changed`;
    return err(refused('no-manifest', message, 'see where etcd’s manifest is, and put it there'));
  }
  const { mode, uid, gid } = stat;
  return ok({ text: file.text, sha256: sha256(file.text), mode, uid, gid });
}

/** As static_pods would bring it back: from a copy, else from the record. */
async function seeElsewhere(given: Given, ask: Places): Promise<Result<Seen, Failure>> {
  const { path, copies = [], record = null, host = '', address } = given;
  const where = { manifest: path, unit: 'etcd', copies, record, host, address };
  const found = await findMember(where, ask);
  if (!found.ok) return found;
  if (found.value.source === 'unit') return err(noManifestOf(found.value.unit));
  return ok({ text: found.value.text, sha256: null, mode: 0o600, uid: 0, gid: 0 });
}

function editedText(given: Given, { text }: Seen): Result<string, Failure> {
  const { path, members, state, host = '', new_addresses } = given;
  const moved = movedTo(readManifest(text), host, new_addresses);
  const there = moved === null ? text : withAddress(text, moved.was, moved.is);
  return withFlags(path, there, startFlags(members, state));
}

function noManifestOf(unit: string): Failure {
  const message = `${unit} runs etcd here, and there is no manifest to change`;
  return refused('no-manifest', message, 'change by hand what the unit reads');
}
