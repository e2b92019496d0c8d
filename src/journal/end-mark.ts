import { join } from 'node:path';
import type { ChainEnd } from './chain.js';
import type { Disk } from './disk.js';

const MARK = 'journal.end';

/**
 * Where the journal ended when somebody closed it. A chain shows what was altered; that its last lines were
 * cut off, only this shows. A process that is killed leaves the mark of the one before it: it is a lower
 * bound, never an upper one.
 */
export function writeEndMark(directory: string, end: ChainEnd, disk: Disk): void {
  disk.create(join(directory, MARK), JSON.stringify(end));
}

export function readEndMark(directory: string, disk: Disk): ChainEnd | null {
  try {
    const { seq, hash } = JSON.parse(disk.read(join(directory, MARK))) as ChainEnd;
    return Number.isInteger(seq) && typeof hash === 'string' ? { seq, hash } : null;
  } catch {
    return null;
  }
}
