import Type, { type Static } from 'typebox';
import type { Argv } from '../core/argv.js';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { join, nameOf, parentOf } from '../core/host-path.js';
import type { InverseCase } from '../core/inverse.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import { isNoAnswer } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { compressionOf } from './archive.js';
import { argumentsOf, hostPath } from './arguments.js';
import { STATE_DIR, trashOn } from './trash.js';

const args = argumentsOf({
  from: hostPath('The archive on the host, as `archive` makes one: .tar, .tar.gz, .tgz, .tar.zst.'),
  only: hostPath('What of it: a directory or file, as it was called when it was packed.'),
  to: hostPath('What it is called here. Nothing may be there.'),
});

type Args = Static<typeof args>;

interface Before {
  readonly inode: string | null;
  readonly hasPart: boolean;
  readonly hasPlace: boolean;
  /** Why the archive cannot be used; empty: it can. */
  readonly trouble: string;
  readonly noTool: string | null;
  readonly trash: string;
  readonly [key: string]: Json;
}

/** Unpacked beside its name, and given it in one rename: what is there is whole. */
export const unarchive = defineModule({
  name: 'unarchive',
  summary: 'Unpacks one directory or file of an archive on the host, with modes and owners.',
  example: `
- name: Unpack the PKI beside the one that is in use
  unarchive:
    from: /root/pki.tar.gz
    only: /etc/kubernetes/pki
    to: /etc/kubernetes/pki.new
  register: unpacked
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    inode: Type.String({ description: 'Of what was unpacked, for `swap`.' }),
  }),
  readOnly: false,
  mayAlter: (given) => [given.to, partOf(given)].map((path) => ({ kind: 'path', path })),
  repeatable: true,
  undo: { kind: 'by-cases', cases: takeBack },
  probe: see,
  plan: planUnarchive,

  async verify(given, _before, _receipts, ask) {
    const seen = await ask.host({ it: { kind: 'stat', path: given.to } });
    if (!seen.ok) return seen;
    const { it } = seen.value;
    if (it !== null) return ok({ path: given.to, inode: it.inode });
    return err(refused('not-unpacked', `${given.to} is not there`, 'see what tar said'));
  },
  material: ({ inode }) => ({ inode }),
});

async function see(given: Args, ask: Places): Promise<Result<Before, Failure>> {
  const { from, only, to } = given;
  const compression = compressionOf(from) ?? 'none';
  const tool = { none: [], gzip: ['gzip'], zstd: ['zstd'] }[compression];
  const seen = await ask.host({
    to: { kind: 'stat', path: to },
    part: { kind: 'stat', path: partOf(given) },
    place: { kind: 'stat', path: parentOf(to), follow: true },
    mount: { kind: 'mount', path: parentOf(to) },
    stateMount: { kind: 'mount', path: STATE_DIR },
    tools: { kind: 'tools', names: ['tar', ...tool] },
    archive: { kind: 'archive-list', path: from, compression, wanted: [only] },
  });
  if (!seen.ok) return seen;
  const at = seen.value;
  const { tools, archive } = at;
  const trouble = isNoAnswer(archive)
    ? archive.detail || archive.reason
    : archive.missing.length > 0
      ? `it does not hold ${only}`
      : '';
  return ok({
    inode: at.to?.inode ?? null,
    hasPart: at.part !== null,
    hasPlace: at.place?.type === 'directory',
    trouble,
    noTool: Object.keys(tools).find((name) => tools[name] === null) ?? null,
    trash: trashOn(at.mount, at.stateMount, ask.run),
  });
}

function planUnarchive(given: Args, before: Before): Result<readonly Change[], Failure> {
  const { from, only, to } = given;
  if (before.inode !== null) return ok([]);
  const compression = compressionOf(from);
  if (compression === null) {
    const message = `${from} does not say what kind of archive it is`;
    return err(refused('format-unknown', message, 'let its name end in .tar, .tar.gz or .tar.zst'));
  }
  if (before.noTool !== null) {
    return err(refused('tool-missing', `this host has no ${before.noTool}`, 'install it'));
  }
  if (before.trouble !== '') {
    const next = 'use another backup: this one cannot be unpacked';
    return err(refused('archive-unusable', `${from}: ${before.trouble}`, next));
  }
  if (!before.hasPlace) {
    const next = `make it first: file: {path: ${parentOf(to)}, state: directory}`;
    return err(refused('no-directory', `there is no directory ${parentOf(to)}`, next));
  }
  const part = partOf(given);
  const words = only.slice(1).split('/');
  const unpack = { none: [], gzip: ['-z'], zstd: ['--zstd'] }[compression];
  const argv: Argv = ['tar', '-x', '-p', ...unpack, '-f', from, '-C', part];
  const strip = `--strip-components=${words.length - 1}`;
  const leftover: Change = { kind: 'remove', path: part, trash: before.trash };
  return ok([
    // A part of an earlier attempt is nobody's.
    ...(before.hasPart ? [leftover] : []),
    { kind: 'make-directory', path: part, mode: 0o700 },
    {
      kind: 'run',
      argv: [...argv, strip, '--', words.join('/')],
      timeoutMs: 300_000,
      repeatable: true,
      effects: [{ kind: 'path', path: part }],
    },
    { kind: 'rename', from: join(part, nameOf(only)), to },
    { kind: 'remove-empty-directories', paths: [part] },
  ]);
}

function takeBack(given: Args, { inode, trash }: Before): readonly InverseCase[] {
  if (inode !== null) return [{ when: [], changes: [] }];
  const away = (path: string): Change => ({ kind: 'remove', path, trash });
  const [to, part] = [given.to, partOf(given)];
  return [
    {
      when: [
        { path: to, is: 'present' },
        { path: part, is: 'present' },
      ],
      changes: [away(to), away(part)],
    },
    { when: [{ path: to, is: 'present' }], changes: [away(to)] },
    { when: [{ path: part, is: 'present' }], changes: [away(part)] },
    { when: [], changes: [] },
  ];
}

/** A dot name beside it: on the same mount, and read by nobody. */
function partOf({ to }: Args): string {
  return join(parentOf(to), `.${nameOf(to)}.part`);
}
