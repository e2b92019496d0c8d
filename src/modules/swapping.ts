import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import { err, ok, type Result } from '../core/result.js';

/** What lies at the place, what was prepared for it, and the name under which the old one is kept. */
export interface Swap {
  readonly place: string;
  readonly prepared: string;
  /** The inode of what was prepared, when it is known for sure. */
  readonly inode: string | null;
  readonly keep: string;
}

/** Inodes; null where nothing is. */
export type SeenSwap = {
  readonly place: string | null;
  readonly prepared: string | null;
  readonly keep: string | null;
};

export async function seeSwap(
  { place, prepared, keep }: Swap,
  ask: Places,
): Promise<Result<SeenSwap, Failure>> {
  const seen = await ask.host({
    place: { kind: 'stat', path: place },
    prepared: { kind: 'stat', path: prepared },
    keep: { kind: 'stat', path: keep },
  });
  if (!seen.ok) return seen;
  return ok({
    place: seen.value.place?.inode ?? null,
    prepared: seen.value.prepared?.inode ?? null,
    keep: seen.value.keep?.inode ?? null,
  });
}

/**
 * Two renames: the old one aside, the prepared one into its place. Nothing is copied, nothing is deleted.
 * Between the two nothing is at the place: that state is known, and gone on from.
 */
export function planSwap(swap: Swap, seen: SeenSwap): Result<readonly Change[], Failure> {
  const { place, prepared, inode, keep } = swap;
  if (isSwapped(swap, seen)) return ok([]);
  if (seen.prepared === null || (inode !== null && seen.prepared !== inode)) {
    const message = `${prepared} is ${seen.prepared === null ? 'missing' : 'not the one that was prepared'}`;
    return err(refused('not-staged', message, 'prepare it again: nothing was swapped here'));
  }
  const aside: Change[] = [];
  if (seen.place !== null) {
    if (seen.keep !== null) {
      const message = `${keep} exists already, and so does ${place}`;
      return err(refused('keep-exists', message, 'look at both, and move the kept one away'));
    }
    aside.push(
      { kind: 'make-directory', path: parentOf(keep), mode: 0o700 },
      { kind: 'rename', from: place, to: keep },
    );
  }
  return ok([...aside, { kind: 'rename', from: prepared, to: place }]);
}

/** By its inode where that is known; else by what is there and what is not. */
export function isSwapped({ inode }: Swap, seen: SeenSwap): boolean {
  if (inode !== null) return seen.place === inode;
  return seen.place !== null && seen.prepared === null && seen.keep !== null;
}

/** Is the old one, if there was one, kept under its name? `before` may have been swapped already. */
export function isOldKept(swap: Swap, before: SeenSwap, now: SeenSwap): boolean {
  return before.place === null || isSwapped(swap, before) || now.keep === before.place;
}
