import Type, { type Static } from 'typebox';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { join, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { canBump, TOOLS_THAT_CAN } from './etcd/bump.js';
import { initialCluster, MemberFacts } from './etcd/member.js';

/** etcd preallocates a WAL segment after a restore, and another one when it runs. */
const walBytes = 2 * 64 * 1024 * 1024;
/** The kubelet begins to evict pods when a file system has less than this left (its default). */
const evictionPercent = 10;

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'The facts of every host: the new cluster’s members.',
  }),
  snapshot: hostPath('The snapshot on this host.'),
  sha256: Type.String({ description: 'What it must be.' }),
  into: hostPath('The directory to make; unique to this run, on the data directory’s mount.'),
  token: Type.String({
    description: 'The new cluster’s token, fresh for each restore: ${{ run.id }}.',
  }),
  bump_revision: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'How much the revision rises, with all before it marked as compacted; the same on every member. 0, the default: not at all.',
    }),
  ),
});

/**
 * Builds the new data directory beside the old one, while the cluster still runs. A restore that fails
 * leaves a directory that etcd would start from as a new cluster: it never lies on a data path.
 */
export const etcdRestore = defineModule({
  name: 'etcd_restore',
  summary: 'Restores the snapshot into a staging directory on this host, for this member.',
  example: `
- name: Build the new data directories beside the old ones
  etcd_restore:
    member: \${{ results.etcd }}
    members: \${{ play.hosts.map(h, h.results.etcd) }}
    snapshot: \${{ vars.work_dir }}/\${{ run.id }}/snapshot.db
    sha256: \${{ results.snapshot.sha256 }}
    into: \${{ vars.work_dir }}/\${{ run.id }}/etcd
    token: \${{ run.id }}
    bump_revision: \${{ results.bump.amount }}
  timeout: 15m
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    inode: Type.String({ description: 'What the data directory’s inode will be after the swap.' }),
  }),
  readOnly: false,
  gives: () => ['staged'],
  needs: () => ['same-snapshot'],
  mayAlter: ({ into }) =>
    [into, doneMark(into), begunMark(into)].map((path) => ({ kind: 'path', path })),
  // A half-made directory of this run is known by its mark, goes to the trash, and is made anew.
  repeatable: true,
  undo: {
    kind: 'by-cases',
    cases: ({ into }) => {
      const [done, begun] = [doneMark(into), begunMark(into)];
      const found = [[done, into], [begun, into], [into], [done], [begun], []];
      return found.map((paths) => ({
        when: paths.map((path) => ({ path, is: 'present' })),
        changes: paths.map((path) => intoTrash(path, into)),
      }));
    },
  },

  async probe({ into, snapshot }, ask) {
    const seen = await ask.host({
      into: { kind: 'stat', path: into },
      done: { kind: 'read', path: doneMark(into), bytesMax: 1_000 },
      begun: { kind: 'read', path: begunMark(into), bytesMax: 1_000 },
      db: { kind: 'stat', path: join(into, 'member/snap/db') },
      wal: { kind: 'stat', path: join(into, 'member/wal') },
      snapshot: { kind: 'digest', path: snapshot },
      room: { kind: 'mount', path: parentOf(into) },
    });
    if (!seen.ok) return seen;
    const { db, wal, room } = seen.value;
    return ok({
      inode: seen.value.into?.inode ?? null,
      done: seen.value.done?.text ?? null,
      begun: seen.value.begun?.text ?? null,
      isComplete: db !== null && wal !== null,
      sha256: seen.value.snapshot?.sha256 ?? null,
      sizeBytes: seen.value.snapshot?.sizeBytes ?? 0,
      freeBytes: room.freeBytes,
      roomBytes: room.sizeBytes,
      mountPoint: room.mountPoint,
    });
  },

  plan(given, before) {
    const { member, members, snapshot, sha256, into, token, bump_revision = 0 } = given;
    const mark = markText(given);
    const isHalfMade = before.inode !== null && before.begun === mark;
    if (before.inode !== null && !isHalfMade) {
      if (before.done === mark && before.isComplete) return ok([]);
      const message = `the staging directory ${into} exists already`;
      const next = 'it is not this run’s: look at it, move it away, and run the playbook again';
      return err(refused('staging-exists', message, next));
    }
    if (before.sha256 !== sha256) {
      const message = `${snapshot} is not the snapshot that was checked`;
      return err(refused('digest-mismatch', message, 'send it again'));
    }
    if (bump_revision > 0 && !canBump(member.tool_version)) return err(tooOld(member));
    const needed = before.sizeBytes + walBytes;
    const reserve = (before.roomBytes * evictionPercent) / 100;
    if (before.freeBytes - needed < reserve) {
      const message = `${before.mountPoint} has ${before.freeBytes} bytes free; the restore takes ${needed}, and the kubelet evicts pods below ${evictionPercent} %`;
      return err(refused('no-room', message, 'make room on that file system'));
    }
    return ok([
      { kind: 'make-directory', path: parentOf(into), mode: 0o700 },
      ...(isHalfMade ? [intoTrash(into, into)] : []),
      {
        kind: 'write-file',
        path: begunMark(into),
        text: mark,
        mode: 0o600,
        trash: trashOf(into),
      },
      {
        kind: 'run',
        argv: [
          member.restore_tool,
          'snapshot',
          'restore',
          snapshot,
          `--name=${member.name}`,
          `--initial-cluster=${initialCluster(members)}`,
          `--initial-cluster-token=${token}`,
          `--initial-advertise-peer-urls=${member.peer_urls.join(',')}`,
          `--data-dir=${into}`,
          // The tool wants both or neither.
          ...(bump_revision > 0 ? [`--bump-revision=${bump_revision}`, '--mark-compacted'] : []),
        ],
        environment: { ETCDCTL_API: '3' },
        timeoutMs: 600_000,
        repeatable: false,
        effects: [{ kind: 'path', path: into }],
      },
      {
        kind: 'set-owner',
        path: into,
        uid: member.uid,
        gid: member.gid,
        mode: modeFor(member.mode),
      },
      { kind: 'rename', from: begunMark(into), to: doneMark(into) },
    ]);
  },

  async verify(given, _before, _receipts, ask) {
    const { into } = given;
    const seen = await ask.host({
      into: { kind: 'stat', path: into },
      list: { kind: 'list', path: into },
      db: { kind: 'stat', path: join(into, 'member/snap/db') },
      wal: { kind: 'list', path: join(into, 'member/wal') },
      done: { kind: 'read', path: doneMark(into), bytesMax: 1_000 },
    });
    if (!seen.ok) return seen;
    const { list, db, wal, done } = seen.value;
    const isComplete =
      seen.value.into !== null &&
      list?.length === 1 &&
      db !== null &&
      (wal?.some((name) => name.endsWith('.wal')) ?? false) &&
      done?.text === markText(given);
    if (isComplete) return ok({ path: into, inode: seen.value.into?.inode ?? '' });
    const message = `the restored directory ${into} is not complete`;
    return err(refused('staging-incomplete', message, 'look at the disk, then run it again'));
  },
  material: ({ inode }) => ({ inode }),
});

/** Like the old one, but closed to others: a kubelet that makes a missing data directory leaves it 0755. */
function modeFor(old: number): number {
  return (old & 0o770) | 0o700;
}

/** Marks lie beside the directory: etcd must find in it only what it made. */
function doneMark(into: string): string {
  return `${into}.restored`;
}

/** Says of a directory that is not complete that it is this run's own. */
function begunMark(into: string): string {
  return `${into}.restoring`;
}

function trashOf(into: string): string {
  return `${parentOf(into)}/trash`;
}

function intoTrash(path: string, into: string): Change {
  return { kind: 'remove', path, trash: trashOf(into) };
}

/** What the directory was made from: another amount makes another history. */
function markText({ token, sha256, bump_revision = 0 }: Static<typeof args>): string {
  return `token ${token}\nsnapshot ${sha256}\nbump ${bump_revision}\n`;
}

function tooOld({ restore_tool, tool_version }: MemberFacts): Failure {
  const message = `${restore_tool} ${tool_version} is too old to raise the revision (${TOOLS_THAT_CAN})`;
  return refused(
    'tool-too-old',
    message,
    'install a newer patch release, or leave bump_revision out',
  );
}
