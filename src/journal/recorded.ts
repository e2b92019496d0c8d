import { join } from 'node:path';
import type { Failure } from '../core/failure.js';
import type { RunId } from '../core/names.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { missingBefore, type ReadChain, readChain } from './chain.js';
import type { Disk } from './disk.js';
import { readEndMark } from './end-mark.js';
import { damaged, damagedJournal } from './failures.js';

export const JOURNAL = 'journal.jsonl';
export const INPUTS = 'inputs.json';

/** What a run left behind. */
export interface RecordedRun {
  readonly directory: string;
  readonly inputs: unknown;
  readonly records: readonly RecordBody[];
}

/** Reads a run back; throws what the disk throws. */
export function readRecorded(
  directory: string,
  name: RunId,
  disk: Disk,
): Result<{ readonly run: RecordedRun; readonly chain: ReadChain }, Failure> {
  const path = join(directory, JOURNAL);
  const chain = readChain(disk.read(path));
  if (!chain.ok) return err(damagedJournal(path, chain.error));
  const closed = readEndMark(directory, disk);
  const missing = closed === null ? null : missingBefore(closed, chain.value);
  if (missing !== null) return err(damagedJournal(path, missing));
  const { records } = chain.value;
  const [first] = records;
  if (first?.type === 'run.started' && first.run !== name) {
    return err(damaged(path, `it is the journal of the run ${first.run}`));
  }
  const inputs = parsed(disk.read(join(directory, INPUTS)));
  if (inputs === undefined) return err(damaged(join(directory, INPUTS), 'it is not JSON'));
  return ok({ run: { directory, inputs, records }, chain: chain.value });
}

/** What a crash tore off is kept beside the journal, and the journal ends with its last whole line. */
export function repair(directory: string, { tornTail, soundBytes }: ReadChain, disk: Disk): void {
  if (tornTail === '') return;
  const path = join(directory, JOURNAL);
  disk.create(`${path}.broken`, tornTail);
  disk.truncate(path, soundBytes);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
