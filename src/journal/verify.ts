import { join } from 'node:path';
import type { Failure } from '../core/failure.js';
import { err, ok, type Result } from '../core/result.js';
import type { JournalVerdict } from '../core/run-status.js';
import { type ChainEnd, missingBefore, readChain } from './chain.js';
import { type Disk, realDisk } from './disk.js';
import { readEndMark } from './end-mark.js';
import { diskFailure, noSuchRun } from './failures.js';
import { JOURNAL } from './recorded.js';
import { directoryOf, namedRun } from './run-directory.js';

/**
 * What the journal's own seals say of it. They show accidents and clumsy hands: who can write the file
 * can also make all seals anew.
 */
export function verifyJournal(
  stateDir: string,
  run: string,
  disk: Disk = realDisk,
): Result<JournalVerdict, Failure> {
  const name = namedRun(stateDir, run, disk);
  if (name === null) return err(noSuchRun(stateDir, run));
  const directory = directoryOf(stateDir, name);
  const path = join(directory, JOURNAL);
  try {
    return ok(verdictOn(disk.read(path), readEndMark(directory, disk)));
  } catch (thrown) {
    return err(diskFailure(path, thrown));
  }
}

function verdictOn(text: string, closed: ChainEnd | null): JournalVerdict {
  const chain = readChain(text);
  if (!chain.ok) {
    const { error } = chain;
    if (error.kind === 'newer') return { kind: 'newer', what: 'a newer version wrote it' };
    return { kind: 'altered', what: `line ${error.line}: ${error.what}` };
  }
  const missing = closed === null ? null : missingBefore(closed, chain.value);
  if (missing?.kind === 'truncated') return { kind: 'truncated', what: missing.what };
  if (missing?.kind === 'damaged') {
    return { kind: 'altered', what: `line ${missing.line}: ${missing.what}` };
  }
  const { tornTail, records, end } = chain.value;
  if (tornTail !== '') {
    const what = `its last line is torn, behind ${records.length} whole ones; opening it repairs that`;
    return { kind: 'truncated', what };
  }
  return { kind: 'intact', what: `${records.length} records, the last ${end.hash.slice(0, 16)}…` };
}
