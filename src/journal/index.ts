export { realDisk } from './disk.js';
export type { RecordedRun } from './recorded.js';
export { createRun, listRuns, type OpenRun, openRun, readRun } from './run-directory.js';
export { verifyJournal } from './verify.js';
