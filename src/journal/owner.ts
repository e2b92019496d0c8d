import { join } from 'node:path';
import type { Failure } from '../core/failure.js';
import { err, ok, type Result } from '../core/result.js';
import type { Disk } from './disk.js';
import { inUse } from './failures.js';

const OWNER = /^owner\.([0-9]+)\.([0-9]*)$/;

/**
 * One process at a time works on a run. Each claims under a name of its own (pid and start time), and
 * only then looks for others: of two that come together at least one sees the other and withdraws. A
 * dead owner's claim is nobody else's name, so removing it can never remove a living one's.
 */
export function own(directory: string, disk: Disk): Result<() => void, Failure> {
  const { pid } = process;
  const mine = `owner.${pid}.${disk.startTicks(pid) ?? ''}`;
  const path = join(directory, mine);
  try {
    disk.claim(path, '');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    return err(inUse(directory, String(pid)));
  }
  const release = (): void => {
    try {
      disk.remove(path);
    } catch {
      // A claim that stays behind is taken over as soon as this process has ended.
    }
  };
  for (const name of disk.list(directory)) {
    const [, other = '', ticks] = OWNER.exec(name) ?? [];
    if (other === '' || name === mine) continue;
    if (lives(disk.startTicks(Number(other)), ticks)) {
      release();
      return err(inUse(directory, other));
    }
    disk.remove(join(directory, name));
  }
  return ok(release);
}

/** An empty text says that the process lives and that its start is not known: it may well be the owner. */
function lives(now: string | undefined, claimed: string | undefined): boolean {
  return now !== undefined && (now === '' || claimed === '' || now === claimed);
}
