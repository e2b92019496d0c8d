import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import type { Question, Stat } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';

/** What lies at the place, what was prepared for it, and the name under which the old one is kept. */
export type Swap = {
  readonly place: string;
  /** Null: nothing takes its place. */
  readonly prepared: string | null;
  /** The inode of what was prepared, when it is known for sure. */
  readonly inode: string | null;
  readonly keep: string;
};

/** Inodes; null where nothing is. */
export type SeenSwap = {
  readonly place: string | null;
  readonly prepared: string | null;
  readonly keep: string | null;
};

export async function seeSwap(swap: Swap, ask: Places): Promise<Result<SeenSwap, Failure>> {
  const seen = await seeSwaps([swap], ask);
  return seen.ok ? ok(seen.value[0] as SeenSwap) : seen;
}

/** One round trip for all. */
export async function seeSwaps(
  swaps: readonly Swap[],
  ask: Places,
): Promise<Result<readonly SeenSwap[], Failure>> {
  const questions: { [name: string]: Question } = {};
  for (const [index, { place, prepared, keep }] of swaps.entries()) {
    questions[`place ${index}`] = { kind: 'stat', path: place };
    if (prepared !== null) questions[`prepared ${index}`] = { kind: 'stat', path: prepared };
    questions[`keep ${index}`] = { kind: 'stat', path: keep };
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  const inode = (name: string) => ((seen.value[name] ?? null) as Stat | null)?.inode ?? null;
  return ok(
    swaps.map((_, index) => ({
      place: inode(`place ${index}`),
      prepared: inode(`prepared ${index}`),
      keep: inode(`keep ${index}`),
    })),
  );
}

export function planSwap(swap: Swap, seen: SeenSwap): Result<readonly Change[], Failure> {
  return planSwaps([swap], [seen]);
}

/**
 * Renames only: the old ones aside, then the prepared ones into their places, the last first. Nothing is
 * copied, nothing is deleted. Between the two nothing is at a place: that state is known, and gone on from.
 */
export function planSwaps(
  swaps: readonly Swap[],
  seen: readonly SeenSwap[],
): Result<readonly Change[], Failure> {
  const [aside, into]: [Change[], Change[]] = [[], []];
  for (const [index, swap] of swaps.entries()) {
    const at = seen[index] as SeenSwap;
    if (isSwapped(swap, at)) continue;
    const refusal = refuseSwap(swap, at);
    if (refusal !== null) return err(refusal);
    const { place, prepared, keep } = swap;
    if (at.place !== null) {
      const into = parentOf(keep);
      if (!aside.some((one) => one.kind === 'make-directory' && one.path === into)) {
        aside.push({ kind: 'make-directory', path: into, mode: 0o700 });
      }
      aside.push({ kind: 'rename', from: place, to: keep });
    }
    if (prepared !== null) into.unshift({ kind: 'rename', from: prepared, to: place });
  }
  return ok([...aside, ...into]);
}

function refuseSwap({ place, prepared, inode, keep }: Swap, seen: SeenSwap): Failure | null {
  if (prepared !== null && (seen.prepared === null || (inode ?? seen.prepared) !== seen.prepared)) {
    const message = `${prepared} is ${seen.prepared === null ? 'missing' : 'not the one that was prepared'}`;
    return refused('not-staged', message, 'prepare it again: nothing was swapped here');
  }
  if (seen.place === null || seen.keep === null) return null;
  const message = `${keep} exists already, and so does ${place}`;
  return refused('keep-exists', message, 'look at both, and move the kept one away');
}

/** By its inode where that is known; else by what is there and what is not. */
export function isSwapped({ prepared, inode }: Swap, seen: SeenSwap): boolean {
  if (prepared === null) return seen.place === null;
  if (inode !== null) return seen.place === inode;
  return seen.place !== null && seen.prepared === null && seen.keep !== null;
}

/** Is the old one, if there was one, kept under its name? `before` may have been swapped already. */
export function isOldKept(swap: Swap, before: SeenSwap, now: SeenSwap): boolean {
  return before.place === null || isSwapped(swap, before) || now.keep === before.place;
}
