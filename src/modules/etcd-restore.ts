import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { join, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Question, Stat } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { canBump, TOOLS_THAT_CAN } from './etcd/bump.js';
import {
  labelChanges,
  labelQuestions,
  labelsIn,
  refuseLabels,
  refuseNoChcon,
} from './etcd/labels.js';
import { initialCluster, MemberFacts } from './etcd/member.js';
import { refuseRoom, roomOf } from './etcd/restore-room.js';
import { closedMode, entriesOf, movedPart, stagingOf, trashBeside } from './etcd/staging.js';

const KUBELET_DIR = '/var/lib/kubelet';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'The facts of every host: the new cluster’s members.',
  }),
  snapshot: hostPath('The snapshot on this host.'),
  sha256: Type.String({ description: 'What it must be.' }),
  run: Type.String({
    description:
      '${{ run.id }}: the name of the directory that it is built in, and the new cluster’s token, fresh for each restore.',
  }),
  bump_revision: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'How much the revision rises, with all before it marked as compacted; the same on every member. 0, the default: not at all.',
    }),
  ),
  skip_hash_check: Type.Optional(
    Type.Boolean({ description: 'Of a raw copy, which has no digest of its own. Default: false.' }),
  ),
});

type Given = Static<typeof args>;

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
    run: \${{ run.id }}
    bump_revision: \${{ results.bump.amount }}
  timeout: 15m
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String({ description: 'The directory that was made.' }),
    inode: Type.String({ description: 'Of what will be renamed into its place.' }),
    wal: Type.Record(Type.String(), Type.String(), {
      description: 'Inodes of a WAL of its own: of the directory as `.`, or of each of its files.',
    }),
  }),
  readOnly: false,
  gives: () => ['staged'],
  needs: () => ['same-snapshot'],
  mayAlter: (given) => {
    const { dataDir, walDir, done, begun } = placesOf(given);
    const wal = walDir === null ? [] : [walDir];
    return [dataDir, ...wal, done, begun].map((path) => ({ kind: 'path', path }));
  },
  // A half-made directory of this run is known by its mark, goes to the trash, and is made anew.
  repeatable: true,
  undo: {
    kind: 'by-cases',
    cases: (given) => {
      const { dataDir, walDir, done, begun } = placesOf(given);
      const alone = [[done, dataDir], [begun, dataDir], [dataDir], [done], [begun], []];
      const found = walDir === null ? alone : alone.flatMap((paths) => [[...paths, walDir], paths]);
      return found.map((paths) => ({
        when: paths.map((path) => ({ path, is: 'present' })),
        changes: paths.map(intoTrash),
      }));
    },
  },

  async probe(given, ask) {
    const { dataDir, walDir, wal, done, begun } = placesOf(given);
    const seen = await ask.host({
      dataDir: { kind: 'stat', path: dataDir },
      walDir: { kind: 'stat', path: walDir ?? dataDir },
      done: { kind: 'read', path: done, bytesMax: 1_000 },
      begun: { kind: 'read', path: begun, bytesMax: 1_000 },
      db: { kind: 'stat', path: join(dataDir, 'member/snap/db') },
      wal: { kind: 'stat', path: wal },
      snapshot: { kind: 'digest', path: given.snapshot },
      room: { kind: 'mount', path: parentOf(dataDir) },
      walRoom: { kind: 'mount', path: parentOf(walDir ?? dataDir) },
      kubelet: { kind: 'mount', path: KUBELET_DIR },
      ...labelQuestions(given.member),
    });
    if (!seen.ok) return seen;
    const { room, walRoom } = seen.value;
    return ok({
      hasData: seen.value.dataDir !== null,
      hasWal: walDir !== null && seen.value.walDir !== null,
      done: seen.value.done?.text ?? null,
      begun: seen.value.begun?.text ?? null,
      isComplete: seen.value.db !== null && seen.value.wal !== null,
      sha256: seen.value.snapshot?.sha256 ?? null,
      sizeBytes: seen.value.snapshot?.sizeBytes ?? 0,
      room: roomOf(room),
      walRoom: roomOf(walRoom),
      kubeletDevice: seen.value.kubelet.device,
      labels: labelsIn(seen.value),
    });
  },

  plan(given, before) {
    const { member, members, snapshot, sha256, run, bump_revision = 0 } = given;
    const { dataDir, walDir, done, begun } = placesOf(given);
    const { wal_link } = member.layout;
    const mark = markText(given);
    const isThere = before.hasData || before.hasWal;
    const isHalfMade = isThere && before.begun === mark;
    if (isThere && !isHalfMade) {
      if (before.done === mark && before.isComplete) return ok([]);
      const message = `the staging directory ${before.hasData ? dataDir : walDir} exists already`;
      const next = 'it is not this run’s: look at it, move it away, and run the playbook again';
      return err(refused('staging-exists', message, next));
    }
    if (before.sha256 !== sha256) {
      const message = `${snapshot} is not the snapshot that was checked`;
      return err(refused('digest-mismatch', message, 'send it again'));
    }
    if (bump_revision > 0 && !canBump(member.tool_version)) return err(tooOld(member));
    const refusal = refuseRoom(before, walDir !== null) ?? refuseNoChcon(before.labels);
    if (refusal !== null) return err(refusal);
    const halves = [
      ...(before.hasData ? [dataDir] : []),
      ...(before.hasWal && walDir !== null ? [walDir] : []),
    ];
    const tree = { uid: member.uid, gid: member.gid, mode: closedMode(member.mode) };
    const linked = join(dataDir, 'member/wal');
    return ok([
      makeFor(dataDir),
      ...(walDir === null ? [] : [makeFor(walDir)]),
      ...halves.map(intoTrash),
      { kind: 'write-file', path: begun, text: mark, mode: 0o600, trash: trashBeside(begun) },
      {
        kind: 'run',
        argv: [
          member.restore_tool,
          'snapshot',
          'restore',
          snapshot,
          `--name=${member.name}`,
          `--initial-cluster=${initialCluster(members)}`,
          `--initial-cluster-token=${run}`,
          `--initial-advertise-peer-urls=${member.peer_urls.join(',')}`,
          `--data-dir=${dataDir}`,
          ...(walDir === null ? [] : [`--wal-dir=${walDir}`]),
          // The tool wants both or neither.
          ...(bump_revision > 0 ? [`--bump-revision=${bump_revision}`, '--mark-compacted'] : []),
          ...(given.skip_hash_check === true ? ['--skip-hash-check'] : []),
        ],
        environment: { ETCDCTL_API: '3' },
        timeoutMs: 600_000,
        repeatable: false,
        effects: [dataDir, ...(walDir === null ? [] : [walDir])].map((path) => ({
          kind: 'path',
          path,
        })),
      },
      ...(wal_link === '' ? [] : [makeLink(linked, wal_link)]),
      ...labelChanges(member, before.labels, { dataDir, walDir }),
      { kind: 'set-owner', path: dataDir, ...tree },
      ...(walDir === null ? [] : [{ kind: 'set-owner', path: walDir, ...tree } as const]),
      { kind: 'rename', from: begun, to: done },
    ]);
  },

  async verify(given, before, _receipts, ask) {
    const { member } = given;
    const { dataDir, walDir, wal, done } = placesOf(given);
    const seen = await ask.host({
      list: { kind: 'list', path: dataDir },
      moved: { kind: 'stat', path: `${dataDir}${movedPart(member)}` },
      entries: { kind: 'list', path: `${dataDir}${movedPart(member)}` },
      db: { kind: 'stat', path: join(dataDir, 'member/snap/db') },
      wal: { kind: 'stat', path: wal },
      segments: { kind: 'list', path: wal },
      done: { kind: 'read', path: done, bytesMax: 1_000 },
      labelOfData: { kind: 'label', path: `${dataDir}${movedPart(member)}` },
      labelOfDb: { kind: 'label', path: join(dataDir, 'member/snap/db') },
      labelOfWal: { kind: 'label', path: wal },
    });
    if (!seen.ok) return seen;
    const { list, moved, entries, db, segments } = seen.value;
    const wanted = entriesOf(member);
    const isComplete =
      list?.length === 1 &&
      moved !== null &&
      (wanted === null || entries?.toSorted().join() === wanted.join()) &&
      db !== null &&
      (segments?.some((name) => name.endsWith('.wal')) ?? false) &&
      seen.value.done?.text === markText(given);
    if (!isComplete) {
      const message = `the restored directory ${dataDir} is not complete`;
      return err(refused('staging-incomplete', message, 'look at the disk, then run it again'));
    }
    const { labelOfData, labelOfDb, labelOfWal } = seen.value;
    const mislabelled = refuseLabels(before.labels, [labelOfData, labelOfDb], labelOfWal);
    if (mislabelled !== null) return err(mislabelled);
    const inodes =
      walDir !== null && member.layout.wal_is_mount
        ? await inodesIn(walDir, segments ?? [], ask)
        : ok(walDir === null ? {} : { '.': seen.value.wal?.inode ?? '' });
    return inodes.ok ? ok({ path: dataDir, inode: moved.inode, wal: inodes.value }) : inodes;
  },
  material: ({ hasData, hasWal }) => ({ hasData, hasWal }),
});

async function inodesIn(
  directory: string,
  names: readonly string[],
  ask: Places,
): Promise<Result<{ [name: string]: string }, Failure>> {
  const questions = names.map((name): [string, Question] => [
    name,
    { kind: 'stat', path: join(directory, name) },
  ]);
  const seen = await ask.host(Object.fromEntries(questions));
  if (!seen.ok) return seen;
  const inodes = names.map((name) => [name, (seen.value[name] as Stat | null)?.inode ?? '']);
  return ok(Object.fromEntries(inodes));
}

/** Marks lie beside the directory: etcd must find in it only what it made. */
function placesOf({ member, run }: Given) {
  const { dataDir, walDir } = stagingOf(member, run);
  return {
    dataDir,
    walDir,
    wal: walDir ?? join(dataDir, 'member/wal'),
    done: `${dataDir}.restored`,
    /** Says of a directory that is not complete that it is this run's own. */
    begun: `${dataDir}.restoring`,
  };
}

function intoTrash(path: string): Change {
  return { kind: 'remove', path, trash: trashBeside(path) };
}

function makeFor(path: string): Change {
  return { kind: 'make-directory', path: parentOf(path), mode: 0o700 };
}

function makeLink(path: string, target: string): Change {
  return { kind: 'make-link', path, target, trash: trashBeside(parentOf(parentOf(path))) };
}

/** What the directory was made from: another amount makes another history. */
function markText({ run, sha256, bump_revision = 0 }: Given): string {
  return `token ${run}\nsnapshot ${sha256}\nbump ${bump_revision}\n`;
}

function tooOld({ restore_tool, tool_version }: MemberFacts): Failure {
  const message = `${restore_tool} ${tool_version} is too old to raise the revision (${TOOLS_THAT_CAN})`;
  return refused(
    'tool-too-old',
    message,
    'install a newer patch release, or leave bump_revision out',
  );
}
