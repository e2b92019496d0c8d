import { join, parentOf } from '../../core/host-path.js';
import type { Swap } from '../swapping.js';
import type { MemberFacts } from './member.js';

/** Where one run builds on one host what will take the place of a member's data. */
export interface Staging {
  readonly dataDir: string;
  /** Null: the WAL is built in the data directory. */
  readonly walDir: string | null;
}

/** The inodes of what a run has built: how it is known for sure when it lies in its place. */
export interface StagedInodes {
  readonly inode: string;
  /** Of the WAL directory as `.`; where that is a mount point of each of its files, by name. */
  readonly wal: { readonly [name: string]: string };
}

type Placed = Pick<MemberFacts, 'data_dir' | 'layout'>;

export function stagingOf({ layout }: Placed, run: string): Staging {
  const { staging_dir, wal_dir, wal_staging_dir } = layout;
  return {
    dataDir: join(staging_dir, `${run}/etcd`),
    walDir: wal_dir === '' ? null : join(wal_staging_dir, `${run}/wal`),
  };
}

/** What of the built directory is renamed: the whole, or `/member`, or `/member/snap` of it. */
export function movedPart({ data_dir, layout }: Placed): string {
  return layout.moved.slice(data_dir.length);
}

/** What must lie in what is renamed, and nothing else; null: it does not matter. */
export function entriesOf(member: Placed): readonly string[] | null {
  const { wal_dir, wal_link } = member.layout;
  const part = movedPart(member);
  if (part === '') return ['member'];
  if (part === '/member/snap') return null;
  return wal_dir === '' || wal_link !== '' ? ['snap', 'wal'] : ['snap'];
}

/** What a WAL directory that is a mount point holds besides segments: not etcd's, and not moved. */
export function isSegment(name: string): boolean {
  return !name.startsWith('.') && name !== 'lost+found';
}

/**
 * The swaps of one member. The data come first: they go aside before the WAL does, and into their place
 * behind it, so that a pair of which one half is new is never a whole one. etcd starts from any pair
 * without a word. (seen with 3.4.23 and 3.5.16: new data with the old WAL, with none, and the reverse)
 */
export function swapsOf(
  member: Placed,
  run: string,
  staged: StagedInodes,
  walNames: readonly string[],
): readonly Swap[] {
  const { dataDir, walDir } = stagingOf(member, run);
  const part = movedPart(member);
  const data: Swap = {
    place: member.layout.moved,
    prepared: `${dataDir}${part}`,
    inode: staged.inode,
    keep: `${keptOf(dataDir)}${part}`,
  };
  if (walDir === null) return [data];
  const place = member.layout.wal_dir;
  const kept = keptOf(walDir);
  if (!member.layout.wal_is_mount) {
    return [data, { place, prepared: walDir, inode: staged.wal['.'] ?? null, keep: kept }];
  }
  const names = [...new Set([...Object.keys(staged.wal), ...walNames.filter(isSegment)])].sort();
  const files = names.map((name): Swap => {
    const inode = staged.wal[name] ?? null;
    const prepared = inode === null ? null : join(walDir, name);
    return { place: join(place, name), prepared, inode, keep: join(kept, name) };
  });
  return [data, ...files];
}

/** Where a run lets what lies there vanish, on the same mount. */
export function trashBeside(built: string): string {
  return join(parentOf(built), 'trash');
}

/** Like the old one, but closed to others: a kubelet that makes a missing data directory leaves it 0755. */
export function closedMode(old: number): number {
  return (old & 0o770) | 0o700;
}

/** Under which name the old one is kept, beside the new one. */
export function keptOf(built: string): string {
  return `${built}.before`;
}
