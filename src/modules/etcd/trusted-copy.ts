import { type Failure, refused } from '../../core/failure.js';
import type { Stat } from '../../core/question.js';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * A copy that was put aside by hand may lie in a folder that everybody writes to, and what is in it will
 * run as root: a manifest that is not root's own could be anybody's.
 */
export function refuseCopy(
  path: string,
  { type, uid, mode }: Pick<Stat, 'type' | 'uid' | 'mode'>,
): Failure | null {
  const why =
    type !== 'file'
      ? 'is not a plain file'
      : uid !== 0
        ? `belongs to the user ${uid}, not to root`
        : (mode & WRITABLE_BY_OTHERS) !== 0
          ? 'can be written by others than root'
          : null;
  if (why === null) return null;
  const message = `the copy of a manifest ${path} ${why}`;
  const next = 'read it, and if it is yours: chown root:root and chmod 600; else take it away';
  return refused('copy-not-trusted', message, next);
}
