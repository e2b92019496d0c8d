import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import type { InverseCase } from '../core/inverse.js';
import { defineModule } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { MemberFacts } from './etcd/member.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  keep: hostPath('Where the old data directory is kept, on the same mount; unique to this run.'),
});

type Given = Static<typeof args>;

type Seen = {
  readonly data: string | null;
  readonly kept: string | null;
  readonly running: boolean;
  readonly isMount: boolean;
  readonly sameMount: boolean;
};

/** What a new member wrote meanwhile goes to the trash when it is taken back: it is the cluster’s, not the host’s. */
export const etcdDataAside = defineModule({
  name: 'etcd_data_aside',
  summary:
    'Puts the data directory of an etcd that is stopped aside, whole, and an empty one in its place.',
  example: `
- name: Put the old data directory aside
  etcd_data_aside:
    member: \${{ results.etcd }}
    keep: /var/lib/runback/work/\${{ run.id }}/etcd.before
`,
  place: 'host',
  args,
  result: Type.Object({
    kept: Type.String({ description: 'Empty inside when there was no data directory.' }),
  }),
  readOnly: false,
  mayAlter: ({ member, keep }) =>
    [member.data_dir, keep, parentOf(keep)].map((path) => ({ kind: 'path', path })),
  repeatable: true,
  undo: { kind: 'by-cases', cases: undoAside },
  probe: see,

  plan(given, before) {
    const { data_dir } = given.member;
    if (isDone(before)) return ok([]);
    if (before.running) return err(stillRuns(data_dir));
    if (before.kept !== null) return err(alreadyThere(given.keep));
    const { wal_dir } = given.member.layout;
    if (wal_dir !== '') return err(hasOwnWal(wal_dir));
    if (before.isMount) return err(isAMount(data_dir));
    if (!before.sameMount) return err(otherMount(data_dir, given.keep));
    const { uid, gid } = given.member;
    const empty: Change = { kind: 'make-directory', path: data_dir, mode: 0o700, uid, gid };
    // Where nothing was, an empty one is kept: a second look knows by it that this was done.
    const nothing: Change = { kind: 'make-directory', path: given.keep, mode: 0o700 };
    if (before.data === null) return ok([nothing, empty]);
    return ok([
      { kind: 'make-directory', path: parentOf(given.keep), mode: 0o700 },
      { kind: 'rename', from: data_dir, to: given.keep },
      empty,
    ]);
  },

  async verify(given, before, _receipts, ask) {
    const now = await see(given, ask);
    if (!now.ok) return now;
    const isOld = before.data === null || isDone(before) || now.value.kept === before.data;
    if (isDone(now.value) && isOld) return ok({ kept: given.keep });
    const message = `${given.member.data_dir} is not an empty one in the place of the old`;
    return err(refused('not-aside', message, 'see who else moves it'));
  },
  material: ({ data, kept }) => ({ data, kept }),
});

function isDone({ data, kept }: Seen): boolean {
  return kept !== null && data !== null;
}

async function see({ member, keep }: Given, ask: Places): Promise<Result<Seen, Failure>> {
  const { data_dir } = member;
  const seen = await ask.host({
    data: { kind: 'stat', path: data_dir },
    kept: { kind: 'stat', path: keep },
    processes: { kind: 'processes', names: ['etcd'] },
    dataMount: { kind: 'mount', path: data_dir },
    parentMount: { kind: 'mount', path: parentOf(data_dir) },
    keepMount: { kind: 'mount', path: parentOf(keep) },
  });
  if (!seen.ok) return seen;
  const { data, kept, processes, dataMount, parentMount, keepMount } = seen.value;
  return ok({
    data: data?.inode ?? null,
    kept: kept?.inode ?? null,
    running: processes.length > 0,
    isMount: dataMount.mountId !== parentMount.mountId,
    sameMount: keepMount.mountId === parentMount.mountId,
  });
}

function undoAside({ member, keep }: Given, before: Seen): readonly InverseCase[] {
  const { data_dir } = member;
  const trash = `${parentOf(keep)}/trash`;
  const discard: Change = { kind: 'remove', path: data_dir, trash };
  const back: Change = { kind: 'rename', from: keep, to: data_dir };
  const at = (path: string, is: 'present' | 'missing') => ({ path, is }) as const;
  if (before.data === null) {
    const unkeep: Change = { kind: 'remove-empty-directories', paths: [keep] };
    return [
      { when: [at(keep, 'present'), at(data_dir, 'present')], changes: [discard, unkeep] },
      { when: [at(data_dir, 'missing')], changes: [unkeep] },
    ];
  }
  return [
    { when: [at(keep, 'present'), at(data_dir, 'present')], changes: [discard, back] },
    { when: [at(keep, 'present'), at(data_dir, 'missing')], changes: [back] },
    { when: [at(keep, 'missing'), at(data_dir, 'present')], changes: [] },
  ];
}

function stillRuns(path: string): Failure {
  const message = `etcd runs on this host, and ${path} is under its hands`;
  return refused('etcd-runs', message, 'stop it first');
}

function alreadyThere(keep: string): Failure {
  const message = `${keep} is there already, and its data directory is not`;
  return refused('kept-already', message, 'look at it, and move it away');
}

/** A member that joins must find neither its old data nor its old WAL: etcd starts from either alone. */
function hasOwnWal(path: string): Failure {
  const message = `etcd has a WAL directory of its own, ${path}, which is not put aside here`;
  const next = 'move data and WAL aside by hand, both of them, and run this again';
  return refused('separate-wal-dir', message, next);
}

function isAMount(path: string): Failure {
  const message = `${path} is a mount point of its own, and cannot be renamed`;
  const next = 'move what lies in it aside by hand, and run this again';
  return refused('is-a-mount', message, next);
}

function otherMount(path: string, keep: string): Failure {
  const message = `${keep} is on another mount than ${path}: that would be a copy`;
  return refused('other-mount', message, 'set work_dir to a directory on its mount');
}
