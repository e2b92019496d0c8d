export { createRun, listRuns, type OpenRun, openRun } from './run-directory.js';
