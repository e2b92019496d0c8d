import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { parentOf } from '../core/host-path.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import type { Access, Stat } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import {
  accessAfter,
  accessArguments,
  accountsQuestion,
  modeText,
  ownerFields,
  sameAccess,
  type Wanted,
  wantedAccess,
} from './access.js';
import { argumentsOf, controllerPath, hostPath } from './arguments.js';
import { preparedBeside, STATE_DIR, trashOn } from './trash.js';

const contentCharactersMax = 1_000_000;

const args = argumentsOf({
  from: Type.Optional(controllerPath('A file on this machine.')),
  from_host: Type.Optional(hostPath('A file on the host itself.')),
  content: Type.Optional(
    Type.String({ maxLength: contentCharactersMax, description: 'The text itself, as it is.' }),
  ),
  to: hostPath('The file on the host. Its directory must be there.'),
  ...accessArguments({
    mode: 'Default: the source’s; for content what it has, 0600 when it is new.',
    owner: 'Default: with from_host the source’s, else what it has.',
  }),
});

type Args = Static<typeof args>;
type Source = Access & { readonly sha256: string; readonly sizeBytes: number };

interface Before {
  readonly source: Source | null;
  readonly there: (Access & { readonly type: string; readonly sha256: string }) | null;
  readonly hasPlace: boolean;
  readonly isMount: boolean;
  readonly freeBytes: number;
  readonly wanted: Wanted;
  readonly trash: string;
  readonly [key: string]: Json;
}

/**
 * Prepared beside its name, with its owner and mode, and only then put there in one rename: nobody reads
 * half of it, at no moment is nothing there, and the old one is kept.
 */
export const copy = defineModule({
  name: 'copy',
  summary: 'Puts a file on the host: from this machine, from the host itself, or a text.',
  example: `
- name: Keep a copy of the etcd manifest
  copy:
    from_host: \${{ vars.manifests_dir }}/etcd.yaml
    to: /root/etcd.\${{ run.id }}.yaml
- name: Tell crictl where the runtime listens
  copy:
    content: |
      runtime-endpoint: unix:///run/containerd/containerd.sock
    to: /etc/crictl.yaml
    mode: '0644'
    owner: root
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    sha256: Type.String(),
    size_bytes: Type.Integer(),
    mode: Type.String(),
    uid: Type.Integer(),
    gid: Type.Integer(),
  }),
  mistakeIn: (written) => {
    const sources = ['from', 'from_host', 'content'].filter((name) => name in written);
    return sources.length === 1 ? null : 'it needs one of from, from_host and content';
  },
  readOnly: false,
  mayAlter: ({ to }) => [to, preparedBeside(to)].map((path) => ({ kind: 'path', path })),
  repeatable: true,
  undo: { kind: 'derived' },
  probe: see,
  plan: planCopy,

  async verify(given, _before, _receipts, ask) {
    const seen = await see(given, ask);
    if (!seen.ok) return seen;
    const left = planCopy(given, seen.value);
    if (!left.ok) return left;
    const { source, there } = seen.value;
    if (left.value.length === 0 && source !== null && there !== null) {
      const { mode, uid, gid } = there;
      const { sha256: digest, sizeBytes } = source;
      const owner = { mode: modeText(mode), uid, gid };
      return ok({ path: given.to, sha256: digest, size_bytes: sizeBytes, ...owner });
    }
    const message = `${given.to} is not what was copied`;
    return err(refused('not-copied', message, 'see who else writes it, and the host’s disk'));
  },
  material: ({ there }) => there,
});

async function see(given: Args, ask: Places): Promise<Result<Before, Failure>> {
  const { to } = given;
  const source = await seeSource(given, ask);
  if (!source.ok) return source;
  const seen = await ask.host({
    stat: { kind: 'stat', path: to },
    digest: { kind: 'digest', path: to },
    place: { kind: 'stat', path: parentOf(to), follow: true },
    itsMount: { kind: 'mount', path: to },
    mount: { kind: 'mount', path: parentOf(to) },
    stateMount: { kind: 'mount', path: STATE_DIR },
    accounts: accountsQuestion(given),
  });
  if (!seen.ok) return seen;
  const { stat, digest, place, itsMount, mount, stateMount, accounts } = seen.value;
  const wanted = wantedAccess(given, accounts);
  if (!wanted.ok) return wanted;
  return ok({
    source: source.value,
    there:
      stat === null ? null : { type: stat.type, sha256: digest?.sha256 ?? '', ...accessOf(stat) },
    hasPlace: place?.type === 'directory',
    isMount: itsMount.mountId !== mount.mountId,
    freeBytes: mount.freeBytes,
    wanted: wanted.value,
    trash: trashOn(mount, stateMount, ask.run),
  });
}

async function seeSource(
  { from, from_host, content = '' }: Args,
  ask: Places,
): Promise<Result<Source | null, Failure>> {
  const path = from ?? from_host;
  if (path === undefined) {
    const sizeBytes = new TextEncoder().encode(content).length;
    return ok({ sha256: sha256(content), sizeBytes, mode: 0o600, uid: 0, gid: 0 });
  }
  const place = from === undefined ? ask.host : ask.controller;
  const seen = await place({
    stat: { kind: 'stat', path, follow: true },
    digest: { kind: 'digest', path },
  });
  if (!seen.ok) return seen;
  const { stat, digest } = seen.value;
  if (stat?.type === 'directory') {
    const next = 'copy its files one by one (loop), or make an archive of it';
    return err(refused('source-is-a-directory', `${path} is a directory`, next));
  }
  return ok(stat === null || digest === null ? null : { ...digest, ...accessOf(stat) });
}

function planCopy(given: Args, before: Before): Result<readonly Change[], Failure> {
  const refusal = refuse(given, before);
  if (refusal !== null) return err(refusal);
  const { there, trash } = before;
  const source = before.source as Source;
  const wanted = wantedOf(given, before, source);
  if (there?.sha256 === source.sha256) {
    const access = accessAfter(wanted, there);
    const { mode, uid, gid } = there;
    if (sameAccess(access, there)) return ok([]);
    return ok([{ kind: 'set-access', path: given.to, access, was: { mode, uid, gid } }]);
  }
  const holds = { sha256: source.sha256 };
  const was = there === null ? null : { sha256: there.sha256 };
  const from = preparedBeside(given.to);
  return ok([
    bring(given, source, wanted, trash),
    { kind: 'replace', from, to: given.to, holds, was, trash },
  ]);
}

/** What was asked for, and where nothing was, what the source or the file in its place has. */
function wantedOf(given: Args, { wanted, there }: Before, source: Source): Wanted {
  const isText = given.from === undefined && given.from_host === undefined;
  const owner = given.from_host === undefined ? there : source;
  const mode = wanted.mode ?? (isText && there !== null ? there.mode : source.mode);
  return { mode, uid: wanted.uid ?? owner?.uid ?? null, gid: wanted.gid ?? owner?.gid ?? null };
}

function bring(given: Args, source: Source, wanted: Wanted, trash: string): Change {
  const to = preparedBeside(given.to);
  const mode = wanted.mode ?? source.mode;
  const { sha256: digest, sizeBytes } = source;
  const owner = ownerFields(wanted);
  if (given.from !== undefined) {
    return { kind: 'send', from: given.from, to, sha256: digest, sizeBytes, mode, ...owner, trash };
  }
  if (given.from_host !== undefined) {
    const access = accessAfter(wanted, source);
    return { kind: 'copy-file', from: given.from_host, to, sha256: digest, access, trash };
  }
  return { kind: 'write-file', path: to, text: given.content ?? '', mode, ...owner, trash };
}

function refuse({ from, from_host, to }: Args, before: Before): Failure | null {
  const { source, there, hasPlace, isMount, freeBytes } = before;
  if (source === null) {
    const where = from === undefined ? '' : ' on this machine';
    const message = `there is no file ${from ?? from_host}${where}`;
    return refused('source-missing', message, 'see where it is, and name that');
  }
  if (!hasPlace) {
    const next = `make it first: file: {path: ${parentOf(to)}, state: directory}`;
    return refused('no-directory', `there is no directory ${parentOf(to)}`, next);
  }
  if (there !== null && there.type !== 'file') {
    const message = `${to} is a ${there.type}, not a file`;
    return refused('not-a-file', message, 'name the file itself: a copy replaces nothing else');
  }
  if (isMount) {
    const message = `${to} is a mount point of its own, and cannot be replaced by a rename`;
    return refused('is-a-mount', message, 'write the file that is mounted there');
  }
  if (there?.sha256 === source.sha256 || freeBytes >= source.sizeBytes) return null;
  const message = `${to}: ${freeBytes} bytes are free, and ${source.sizeBytes} are needed`;
  return refused('no-room', message, 'make room on the host');
}

function accessOf({ mode, uid, gid }: Stat): Access {
  return { mode, uid, gid };
}
