import type { Change } from '../../core/change.js';
import { type Failure, refused } from '../../core/failure.js';
import type { Guard } from '../../core/guard.js';
import { join, parentOf } from '../../core/host-path.js';
import type { InverseCase } from '../../core/inverse.js';
import { INSIDE } from './layout.js';
import type { MemberFacts } from './member.js';
import { keptOf, movedPart, stagingOf, trashBeside } from './staging.js';

/** What is put aside of a member that begins anew; it finds an empty directory in its place. */
export type Aside = { readonly place: string; readonly keep: string; readonly trash: string };

type Placed = Pick<MemberFacts, 'data_dir' | 'layout'>;

/**
 * The data, and the WAL where it lies elsewhere. etcd makes a new WAL under another name and puts it into
 * the place: of a link nothing is left, so the link is what is put aside, and what it leads to stays.
 * (seen with 3.4.23 and 3.5.16)
 */
export function asidesOf(member: Placed, run: string): readonly Aside[] {
  const { dataDir, walDir } = stagingOf(member, run);
  const { moved, wal_dir, wal_link, wal_name } = member.layout;
  const keep = `${keptOf(dataDir)}${movedPart(member)}`;
  const data = { place: moved, keep, trash: trashBeside(dataDir) };
  if (walDir === null || wal_link !== '') return [data];
  if (wal_name === undefined) {
    return [data, { place: wal_dir, keep: keptOf(walDir), trash: trashBeside(walDir) }];
  }
  const beside = join(parentOf(wal_name), `${INSIDE}/${run}/wal`);
  return [data, { place: wal_name, keep: keptOf(beside), trash: trashBeside(beside) }];
}

/** The old WAL that stays where a link leads to it; null: it is put aside, or lies in the data. */
export function walThatStays({ layout }: Placed): string | null {
  const { wal_dir, wal_link, wal_name } = layout;
  return wal_link !== '' || wal_name !== undefined ? wal_dir : null;
}

/**
 * etcd empties a WAL directory that it does not know and takes it away to make its own: in a mount point it
 * deletes all that lies there, what was put aside as well, and ends. (seen with 3.4.23 and 3.5.16)
 */
export function refuseToBegin({ host, layout }: MemberFacts): Failure | null {
  const { wal_dir, wal_is_mount, wal_is_volume = false } = layout;
  if (!wal_is_mount && !wal_is_volume) return null;
  const what = wal_is_mount ? 'a mount point' : 'a volume of its own in the pod';
  const message = `the WAL directory of ${host}, ${wal_dir}, is ${what}: etcd cannot begin there, and would delete what lies in it`;
  const next = `let --wal-dir name a directory below the mount (its parent is the volume), and run this again; or restore the cluster with ${host}: a restore fills such a directory`;
  return refused('wal-is-mount', message, next);
}

/**
 * The way back of one, from whatever state it was left in. What a new member wrote goes to the trash: it is
 * the cluster’s, not the host’s. Where nothing was, an empty one was kept as a mark.
 */
export function waysBack({ place, keep, trash }: Aside, wasThere: boolean): readonly InverseCase[] {
  const at = (path: string, is: 'present' | 'missing'): Guard => ({ path, is });
  const discard: Change = { kind: 'remove', path: place, trash };
  const tidy: Change = {
    kind: 'remove-empty-directories',
    paths: [...(wasThere ? [] : [keep]), parentOf(keep)],
  };
  const back: readonly Change[] = wasThere
    ? [{ kind: 'rename', from: keep, to: place }, tidy]
    : [tidy];
  return [
    { when: [at(keep, 'present'), at(place, 'present')], changes: [discard, ...back] },
    { when: [at(keep, 'present'), at(place, 'missing')], changes: back },
    { when: [at(keep, 'missing'), at(place, wasThere ? 'present' : 'missing')], changes: [] },
  ];
}

/** All of them, the last first: one case for each pair of states. */
export function allWaysBack(each: readonly (readonly InverseCase[])[]): readonly InverseCase[] {
  const nothing: readonly InverseCase[] = [{ when: [], changes: [] }];
  return each.reduce(
    (before, cases) =>
      before.flatMap((earlier) =>
        cases.map((one) => ({
          when: [...earlier.when, ...one.when],
          changes: [...one.changes, ...earlier.changes],
        })),
      ),
    nothing,
  );
}
