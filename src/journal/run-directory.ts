import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../core/failure.js';
import { isRunId, type RunId } from '../core/names.js';
import type { Journal } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { JournalFile } from './append.js';
import { BEFORE_FIRST, type ChainEnd, readChain } from './chain.js';
import { type Disk, realDisk } from './disk.js';
import { damaged, diskFailure, inUse, noSuchRun } from './failures.js';

/** One run's own directory, 0700: `journal.jsonl`, `inputs.json`, and `owner` while somebody works on it. */
export interface OpenRun {
  readonly directory: string;
  readonly journal: Journal;
  /** What the plan was made from, as it was given to `createRun`. */
  readonly inputs: unknown;
  readonly records: readonly RecordBody[];
  close(): void;
}

const JOURNAL = 'journal.jsonl';
const INPUTS = 'inputs.json';
const OWNER = 'owner';

export function createRun(
  stateDir: string,
  run: RunId,
  inputs: unknown,
  now: () => string,
  disk: Disk = realDisk,
): Result<OpenRun, Failure> {
  const directory = join(stateDir, 'runs', run);
  try {
    disk.makeDirectory(directory);
    disk.create(join(directory, INPUTS), JSON.stringify(inputs));
    const owned = own(directory, disk);
    if (!owned.ok) return owned;
    return ok(openAt(directory, inputs, [], { seq: 1, hash: BEFORE_FIRST }, now, disk));
  } catch (thrown) {
    return err(diskFailure(directory, thrown));
  }
}

export function openRun(
  stateDir: string,
  run: string,
  now: () => string,
  disk: Disk = realDisk,
): Result<OpenRun, Failure> {
  const name = run === 'latest' ? listRuns(stateDir, disk).at(-1) : run;
  if (name === undefined || !isRunId(name)) return err(noSuchRun(stateDir, run));
  const directory = join(stateDir, 'runs', name);
  const path = join(directory, JOURNAL);
  try {
    const owned = own(directory, disk);
    if (!owned.ok) return owned;
    const text = disk.read(path);
    const chain = readChain(text);
    if (!chain.ok) return err(damaged(path, chain.error));
    const { records, end, soundBytes, tornTail } = chain.value;
    if (tornTail !== '') setAside(path, tornTail, soundBytes, disk);
    const inputs: unknown = JSON.parse(disk.read(join(directory, INPUTS)));
    return ok(openAt(directory, inputs, records, end, now, disk));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return err(code === 'ENOENT' ? noSuchRun(stateDir, run) : diskFailure(path, thrown));
  }
}

/** Every recorded run, oldest first: a run's id begins with its time. */
export function listRuns(stateDir: string, disk: Disk = realDisk): readonly string[] {
  try {
    return disk.list(join(stateDir, 'runs')).filter(isRunId).sort();
  } catch {
    return [];
  }
}

function openAt(
  directory: string,
  inputs: unknown,
  records: readonly RecordBody[],
  end: ChainEnd,
  now: () => string,
  disk: Disk,
): OpenRun {
  const path = join(directory, JOURNAL);
  const journal = new JournalFile(path, disk.openForAppend(path), end, disk, now);
  const close = (): void => {
    journal.close();
    disk.remove(join(directory, OWNER));
  };
  return { directory, journal, inputs, records, close };
}

/** What a crash tore off is kept beside the journal, and the journal ends with its last whole line. */
function setAside(path: string, tornTail: string, soundBytes: number, disk: Disk): void {
  disk.remove(`${path}.broken`);
  disk.create(`${path}.broken`, tornTail);
  disk.truncate(path, soundBytes);
}

/** One process at a time: a pid with its start time, so that a dead owner is recognised as dead. */
function own(directory: string, disk: Disk): Result<void, Failure> {
  const path = join(directory, OWNER);
  const me = `${process.pid} ${startTicks(process.pid)}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      disk.claim(path, me);
      return ok(undefined);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    }
    const [pid = '', ticks] = disk.read(path).split(' ');
    if (ticks !== undefined && startTicks(Number(pid)) === ticks) return err(inUse(path, pid));
    disk.remove(path);
  }
  return err(inUse(path, 'unknown'));
}

/** Field 22 of /proc/PID/stat; empty when there is no such process. */
function startTicks(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
