import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { isWithin, parentOf } from '../core/host-path.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import { type Compression, isNoAnswer } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { STATE_DIR, trashOn } from './trash.js';

const args = argumentsOf({
  paths: Type.Array(hostPath('A file or directory.'), {
    minItems: 1,
    description: 'What goes into it: files, and directories with all that is in them.',
  }),
  to: hostPath('The archive on the host, 0600. Its name ends in .tar, .tar.gz, .tgz or .tar.zst.'),
});

type Args = Static<typeof args>;

interface Before {
  readonly there: string | null;
  readonly sizeBytes: number;
  /** What cannot be read of the one that is there; empty: all of it can. */
  readonly unreadable: string;
  readonly entries: number;
  readonly notInIt: readonly string[];
  readonly missing: readonly string[];
  readonly hasPlace: boolean;
  readonly noTool: string | null;
  readonly trash: string;
  readonly [key: string]: Json;
}

/** Read back to its end before it gets its name: an archive that is there is one that can be unpacked. */
export const archive = defineModule({
  name: 'archive',
  summary: 'Packs files and directories of the host into a tar file there.',
  example: `
- name: Keep what kubeadm has written
  archive:
    paths: [/etc/kubernetes, /var/lib/kubelet/config.yaml]
    to: /root/kubernetes.\${{ run.id }}.tar.gz
  register: kept
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    sha256: Type.String(),
    size_bytes: Type.Integer(),
    entries: Type.Integer({ description: 'How many files, directories and links are in it.' }),
  }),
  readOnly: false,
  mayAlter: ({ to }) => [{ kind: 'path', path: to }],
  repeatable: true,
  undo: { kind: 'derived' },
  probe: see,
  plan: planArchive,

  async verify(given, _before, receipts, ask) {
    const seen = await see(given, ask);
    if (!seen.ok) return seen;
    const left = planArchive(given, seen.value);
    if (!left.ok) return left;
    const { there, sizeBytes, entries } = seen.value;
    const [receipt] = receipts;
    const isOurs = receipt?.state !== 'done' || receipt.stdoutTail.trim() === there;
    if (there !== null && isOurs) {
      return ok({ path: given.to, sha256: there, size_bytes: sizeBytes, entries });
    }
    const message = `${given.to} is not the archive that was written`;
    return err(refused('not-archived', message, 'see who else writes it'));
  },
  material: ({ there }) => ({ there }),
});

async function see(given: Args, ask: Places): Promise<Result<Before, Failure>> {
  const { paths, to } = given;
  const tool = { none: [], gzip: ['gzip'], zstd: ['zstd'] }[compressionOf(to) ?? 'none'];
  const stats = paths.map((path) => [`path ${path}`, { kind: 'stat', path }] as const);
  const seen = await ask.host({
    digest: { kind: 'digest', path: to },
    stat: { kind: 'stat', path: to },
    place: { kind: 'stat', path: parentOf(to), follow: true },
    mount: { kind: 'mount', path: parentOf(to) },
    stateMount: { kind: 'mount', path: STATE_DIR },
    tools: { kind: 'tools', names: ['tar', ...tool] },
  });
  if (!seen.ok) return seen;
  const sources = await ask.host(Object.fromEntries(stats));
  if (!sources.ok) return sources;
  const { digest, stat, place, mount, stateMount, tools } = seen.value;
  const inside = stat === null ? ok(NOTHING) : await look(given, ask);
  if (!inside.ok) return inside;
  return ok({
    ...inside.value,
    there: stat === null ? null : (digest?.sha256 ?? ''),
    sizeBytes: digest?.sizeBytes ?? 0,
    missing: paths.filter((path) => sources.value[`path ${path}`] === null),
    hasPlace: place?.type === 'directory',
    noTool: Object.keys(tools).find((name) => tools[name] === null) ?? null,
    trash: trashOn(mount, stateMount, ask.run),
  });
}

const NOTHING = { unreadable: '', entries: 0, notInIt: [] as readonly string[] };

async function look({ paths, to }: Args, ask: Places): Promise<Result<typeof NOTHING, Failure>> {
  // tar writes other characters in its listing than in the archive.
  const wanted = paths.filter((path) => /^[ -[\]-~]+$/.test(path));
  const compression = compressionOf(to) ?? 'none';
  const seen = await ask.host({ it: { kind: 'archive-list', path: to, compression, wanted } });
  if (!seen.ok) return seen;
  const { it } = seen.value;
  if (isNoAnswer(it)) return ok({ ...NOTHING, unreadable: it.detail });
  return ok({ unreadable: '', entries: it.entries, notInIt: it.missing });
}

function planArchive({ paths, to }: Args, before: Before): Result<readonly Change[], Failure> {
  const compression = compressionOf(to);
  if (compression === null) {
    const next = 'let its name end in .tar, .tar.gz, .tgz or .tar.zst';
    return err(refused('format-unknown', `${to} does not say what kind of archive it is`, next));
  }
  if (before.there !== null) {
    if (before.unreadable === '' && before.notInIt.length === 0) return ok([]);
    const why = before.unreadable || `it does not hold ${before.notInIt.join(', ')}`;
    const next = 'name another place: ${{ run.id }} in it makes it new';
    return err(refused('file-exists', `another file is there: ${to} (${why})`, next));
  }
  const holder = paths.find((path) => isWithin(to, path));
  if (holder !== undefined) {
    const message = `${to} lies inside ${holder}, which it would hold`;
    return err(refused('inside-itself', message, 'write it somewhere else'));
  }
  if (before.missing.length > 0) {
    const message = `missing on the host: ${before.missing.join(', ')}`;
    return err(refused('source-missing', message, 'see where they are, or leave them out'));
  }
  if (!before.hasPlace) {
    const next = `make it first: file: {path: ${parentOf(to)}, state: directory}`;
    return err(refused('no-directory', `there is no directory ${parentOf(to)}`, next));
  }
  if (before.noTool !== null) {
    const next = 'install it, or let the name end in .tar.gz or .tar';
    return err(refused('tool-missing', `this host has no ${before.noTool}`, next));
  }
  return ok([{ kind: 'archive', paths, to, compression, trash: before.trash }]);
}

export function compressionOf(path: string): Compression | null {
  if (path.endsWith('.tar')) return 'none';
  if (path.endsWith('.tar.gz') || path.endsWith('.tgz')) return 'gzip';
  return path.endsWith('.tar.zst') ? 'zstd' : null;
}
