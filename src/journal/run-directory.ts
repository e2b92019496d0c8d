import { join } from 'node:path';
import type { Failure } from '../core/failure.js';
import { isRunId, type RunId } from '../core/names.js';
import type { Journal } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { JournalFile } from './append.js';
import { type ChainEnd, START } from './chain.js';
import { type Disk, realDisk } from './disk.js';
import { readEndMark, writeEndMark } from './end-mark.js';
import { diskFailure, noSuchRun, notBegun } from './failures.js';
import { own } from './owner.js';
import { INPUTS, JOURNAL, type RecordedRun, readRecorded, repair } from './recorded.js';

/** One run's own directory, 0700: `journal.jsonl`, `inputs.json`, and `owner.*` while somebody works on it. */
export interface OpenRun {
  readonly directory: string;
  readonly journal: Journal;
  /** What the plan was made from, as it was given to `createRun`. */
  readonly inputs: unknown;
  readonly records: readonly RecordBody[];
  close(): void;
}

export function createRun(
  stateDir: string,
  run: RunId,
  inputs: unknown,
  now: () => string,
  disk: Disk = realDisk,
): Result<OpenRun, Failure> {
  const directory = directoryOf(stateDir, run);
  return owned(directory, disk, 'create', (release) => {
    // A run is begun once: its journal must not be there.
    disk.claim(join(directory, JOURNAL), '');
    disk.create(join(directory, INPUTS), JSON.stringify(inputs));
    return ok(openAt({ directory, inputs, records: [] }, START, now, disk, release));
  });
}

/** `latest` is the newest run. Waits for nobody: a run that somebody works on is refused. */
export function openRun(
  stateDir: string,
  run: string,
  now: () => string,
  disk: Disk = realDisk,
): Result<OpenRun, Failure> {
  const name = namedRun(stateDir, run, disk);
  if (name === null) return err(noSuchRun(stateDir, run));
  const directory = directoryOf(stateDir, name);
  return owned(directory, disk, 'open', (release) => {
    if (!hasInputs(directory, disk)) return err(notBegun(name));
    const read = readRecorded(directory, name, disk);
    if (!read.ok) return read;
    repair(directory, read.value.chain, disk);
    if (read.value.run.records.length === 0) return err(notBegun(name));
    return ok(openAt(read.value.run, read.value.chain.end, now, disk, release));
  });
}

/**
 * A crash while the directory was being made leaves less than a run: no inputs, and no line in the journal.
 * Without its inputs a journal that has lines is damaged, and read as such.
 */
function hasInputs(directory: string, disk: Disk): boolean {
  const names = disk.list(directory);
  if (names.includes(INPUTS) || readEndMark(directory, disk) !== null) return true;
  return names.includes(JOURNAL) && disk.read(join(directory, JOURNAL)) !== '';
}

/** For looking only: takes nothing, repairs nothing, and works beside the process that owns the run. */
export function readRun(
  stateDir: string,
  run: string,
  disk: Disk = realDisk,
): Result<RecordedRun, Failure> {
  const name = namedRun(stateDir, run, disk);
  if (name === null) return err(noSuchRun(stateDir, run));
  const directory = directoryOf(stateDir, name);
  try {
    const read = readRecorded(directory, name, disk);
    return read.ok ? ok(read.value.run) : read;
  } catch (thrown) {
    return err(diskFailure(directory, thrown));
  }
}

/** Every recorded run, oldest first: a run's id begins with its time. */
export function listRuns(stateDir: string, disk: Disk = realDisk): readonly RunId[] {
  try {
    return disk.list(join(stateDir, 'runs')).filter(isRunId).sort();
  } catch {
    return [];
  }
}

/** `latest` is the newest; null when there is no such run. */
export function namedRun(stateDir: string, run: string, disk: Disk): RunId | null {
  const known = listRuns(stateDir, disk);
  return (run === 'latest' ? known.at(-1) : known.find((one) => one === run)) ?? null;
}

export function directoryOf(stateDir: string, run: RunId): string {
  return join(stateDir, 'runs', run);
}

/** Does the work as the run's only owner; gives the run up again when nothing comes of it. */
function owned(
  directory: string,
  disk: Disk,
  how: 'create' | 'open',
  work: (release: () => void) => Result<OpenRun, Failure>,
): Result<OpenRun, Failure> {
  let release = (): void => {};
  try {
    if (how === 'create') disk.makeDirectory(directory);
    const claimed = own(directory, disk);
    if (!claimed.ok) return claimed;
    release = claimed.value;
    const worked = work(release);
    if (!worked.ok) release();
    return worked;
  } catch (thrown) {
    release();
    return err(diskFailure(directory, thrown));
  }
}

/** Behind a journal that could not be written there is no end to vouch for. */
function markEnd(directory: string, journal: JournalFile, disk: Disk): void {
  try {
    if (!journal.isBroken) writeEndMark(directory, journal.durableEnd, disk);
  } catch {
    // Without the mark the journal is as good as after a kill.
  }
}

function openAt(
  run: RecordedRun,
  end: ChainEnd,
  now: () => string,
  disk: Disk,
  release: () => void,
): OpenRun {
  const path = join(run.directory, JOURNAL);
  const journal = new JournalFile(path, disk.openForAppend(path), end, disk, now);
  const close = (): void => {
    journal.close();
    markEnd(run.directory, journal, disk);
    release();
  };
  return { ...run, journal, close };
}
