import Type, { type Static } from 'typebox';
import type { Mount } from '../../core/question.js';

/** Where a member's data and WAL lie: what a restore compares with where they lay at the backup's time. */
export const MemberDisks = Type.Object({
  data_path: Type.String({ description: 'As its manifest names it.' }),
  data_dir: Type.String({ description: 'With links resolved.' }),
  data_mount: Type.String({ description: 'The mount point that holds it.' }),
  wal_dir: Type.String({ description: 'With links resolved, wherever it is.' }),
  wal_mount: Type.String(),
  wal_link: Type.String({ description: 'Where `member/wal` leads as a link; empty: it is none.' }),
});

export type MemberDisks = Static<typeof MemberDisks>;

export interface SeenDisks {
  readonly dataMount: Mount;
  readonly walMount: Mount;
  readonly walLink: { readonly target: string } | null;
}

export function memberDisks(
  path: string,
  { dataMount, walMount, walLink }: SeenDisks,
): MemberDisks {
  return {
    data_path: path,
    data_dir: dataMount.realPath,
    data_mount: dataMount.mountPoint,
    wal_dir: walMount.realPath,
    wal_mount: walMount.mountPoint,
    wal_link: walLink?.target ?? '',
  };
}

/** What lies elsewhere than it lay, in words; nothing, when the manifest names another place than then. */
export function movedSince(then: MemberDisks, now: MemberDisks): readonly string[] {
  if (then.data_path !== now.data_path) return [];
  const places = (one: MemberDisks) =>
    [
      ['the data', one.data_dir, one.data_mount],
      ['the WAL', one.wal_dir, one.wal_mount],
    ] as const;
  const there = places(now);
  return places(then).flatMap(([what, dir, mount], index) => {
    const [, dirNow = '', mountNow = ''] = there[index] ?? [];
    if (dir === dirNow && mount === mountNow) return [];
    const link = what === 'the WAL' && then.wal_link !== '' ? ', by a link' : '';
    return [
      `${what} lay in ${dir} on the mount ${mount}${link}, and now in ${dirNow} on ${mountNow}`,
    ];
  });
}
