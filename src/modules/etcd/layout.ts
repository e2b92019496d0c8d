import Type, { type Static } from 'typebox';
import type { AnswersTo } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { isWithin, join, parentOf } from '../../core/host-path.js';
import type { Mount } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { refuseData, refuseLink, refuseMember, refuseWal } from './refuse-place.js';

/** Where a member's data really lie, and by which renames they change places. */
export const Layout = Type.Object({
  moved: Type.String({
    description:
      'What is renamed: the data directory; where that is a mount point its `member`; where `member/wal` is one `member/snap`.',
  }),
  staging_dir: Type.String({
    description: 'Each run makes a directory of its own here, on the mount of what is renamed.',
  }),
  wal_dir: Type.String({
    description: 'A WAL directory of its own; empty: the WAL moves with the rest.',
  }),
  wal_is_mount: Type.Boolean({ description: 'Then its files are renamed, and it stays.' }),
  wal_staging_dir: Type.String(),
  wal_link: Type.String({
    description: 'Where `member/wal` leads as a symbolic link; empty: it is none.',
  }),
  wal_name: Type.Optional(
    Type.String({ description: 'The --wal-dir as it is named, where that is a symbolic link.' }),
  ),
  wal_is_volume: Type.Optional(
    Type.Boolean({ description: 'The WAL directory is a mount point in etcd’s container.' }),
  ),
});

export type Layout = Static<typeof Layout>;

/** The places that a manifest names, as the host has them, and the directory that prepares for all. */
export interface NamedPlaces {
  readonly dataDir: string;
  /** Null: no --wal-dir. */
  readonly walDir: string | null;
  readonly work: string;
}

/** All that must be asked to know the layout, in one round trip. */
export const layoutQuestions = ({ dataDir, walDir, work }: NamedPlaces) => {
  const own = join(dataDir, 'member/wal');
  return {
    dataMount: { kind: 'mount', path: dataDir },
    dataParentMount: { kind: 'mount', path: parentOf(dataDir) },
    memberMount: { kind: 'mount', path: join(dataDir, 'member') },
    walMount: { kind: 'mount', path: walDir ?? own },
    walParentMount: { kind: 'mount', path: parentOf(walDir ?? own) },
    walLink: { kind: 'link', path: own },
    walName: { kind: 'link', path: walDir ?? own },
    workMount: { kind: 'mount', path: work },
  } as const;
};

export interface FoundLayout {
  readonly dataDir: string;
  readonly layout: Layout;
}

export interface SeenPlaces extends NamedPlaces {
  readonly seen: AnswersTo<ReturnType<typeof layoutQuestions>>;
  /** Does etcd's container see this path of the host under the same name? */
  readonly isSeenInside: (path: string) => boolean;
}

/** In a mount point nothing can be put beside it: a rename never leaves a mount. */
export const INSIDE = '.runback';

/**
 * Links are resolved and stay as they are. A mount point cannot be renamed, and a directory that holds one
 * takes it along: there what lies inside is renamed, and prepared inside as well. etcd only warns of other
 * entries in its data and WAL directories. (seen with 3.4.23 and 3.5.16)
 */
export function layoutOf(places: SeenPlaces): Result<FoundLayout, Failure> {
  const found = layoutAsSeen(places);
  const { dataMount, memberMount, walMount } = places.seen;
  const { dataDir, layout } = found;
  const { wal_dir, wal_link } = layout;
  const refusal =
    refuseData(places.dataDir, dataMount) ??
    refuseMember(dataDir, memberMount) ??
    (wal_dir === '' ? null : refuseWal(dataDir, wal_dir, walMount)) ??
    (wal_link === ''
      ? null
      : refuseLink(join(dataDir, 'member/wal'), wal_link, places.isSeenInside(wal_link)));
  return refusal === null ? ok(found) : err(refusal);
}

/** Whether or not anything could change places there: for whoever only reads. */
export function layoutAsSeen(places: SeenPlaces): FoundLayout {
  const { dataMount, dataParentMount } = places.seen;
  const dataDir = dataMount.realPath;
  const wal = walOf(places, dataDir);
  const isMount = isMountPoint(dataMount, dataParentMount, places.dataDir);
  const staging_dir = isMount
    ? join(dataDir, INSIDE)
    : workOrBeside(places, dataMount, parentOf(dataDir));
  const moved = movedIn(dataDir, isMount, wal);
  return { dataDir, layout: { moved, staging_dir, ...wal } };
}

type Wal = Omit<Layout, 'moved' | 'staging_dir'>;

const WITH_THE_REST: Wal = {
  wal_dir: '',
  wal_is_mount: false,
  wal_staging_dir: '',
  wal_link: '',
};

function walOf(places: SeenPlaces, dataDir: string): Wal {
  const { walMount, walParentMount, walLink, walName } = places.seen;
  const wal_dir = walMount.realPath;
  const written = places.walDir ?? join(places.dataDir, 'member/wal');
  const wal_is_mount = isMountPoint(walMount, walParentMount, written);
  if (wal_dir === join(dataDir, 'member/wal') && !wal_is_mount) return WITH_THE_REST;
  const wal_link = places.walDir === null ? (walLink?.target ?? '') : '';
  const wal_staging_dir = wal_is_mount
    ? join(wal_dir, INSIDE)
    : workOrBeside(places, walMount, parentOf(wal_dir));
  const named = places.walDir === null || walName === null ? {} : { wal_name: places.walDir };
  return { wal_dir, wal_is_mount, wal_staging_dir, wal_link, ...named };
}

/** A WAL directory inside would move along with what holds it. */
function movedIn(dataDir: string, isMount: boolean, { wal_dir }: Wal): string {
  if (wal_dir === join(dataDir, 'member/wal')) return join(dataDir, 'member/snap');
  const holdsWal = wal_dir !== '' && isWithin(wal_dir, dataDir);
  return isMount || holdsWal ? join(dataDir, 'member') : dataDir;
}

/** The directory that prepares for all, where that can be; else a hidden one beside what is renamed. */
function workOrBeside({ work, seen }: SeenPlaces, mount: Mount, parent: string): string {
  const { mountId, device } = seen.workMount;
  const isOne = mountId === mount.mountId && device === mount.device;
  return isOne ? work : join(parent, INSIDE);
}

/** A subvolume is no mount, and a rename does not leave it either; seen where the path is no link. */
function isMountPoint(mount: Mount, parent: Mount, written: string): boolean {
  if (mount.mountPoint === mount.realPath) return true;
  return mount.realPath === written && mount.device !== parent.device;
}
