import { type Failure, failure } from '../core/failure.js';
import { err, ok, type Result } from '../core/result.js';
import type { RunStatus } from '../core/run-status.js';
import { statusOf } from '../engine/run-status.js';
import { listRuns, readRun, verifyJournal } from '../journal/index.js';
import { runLine, statusJson, statusText } from '../report/index.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { prepare } from './prepare.js';
import { nextCommandFor, nowText, printFailure, printLine } from './printing.js';
import { identityOf } from './recorded-run.js';
import { absoluteStateDir } from './request.js';
import { keptSources } from './sources.js';

/** `runback status [RUN]`: where a run stands. Looks only, also beside the process that works on it. */
export async function statusVerb(
  run: string | undefined,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  if (options.verify === true) return verify(run ?? 'latest', options, edges);
  const status = readStatus(run ?? 'latest', options, edges);
  if (!status.ok) return printFailure(status.error, BAD_INPUT, options, edges);
  if (options.output === 'json') edges.out.write(statusJson(status.value, nowText(edges)));
  printLine(statusText(status.value), options, edges);
  const next = nextCommandFor(status.value, options);
  if (next !== null) printLine(`Type next: ${next}`, options, edges);
  return exitCodeOf('done');
}

/** `--verify`: whether the journal is as it was written; 0 only when it is. */
function verify(run: string, options: CommonOptions, edges: Edges): number {
  const verdict = verifyJournal(absoluteStateDir(options, edges), run);
  if (!verdict.ok) return printFailure(verdict.error, BAD_INPUT, options, edges);
  const { kind, what } = verdict.value;
  const line = { v: 1, at: nowText(edges), type: 'journal', journal: kind, what };
  if (options.output === 'json') edges.out.write(`${JSON.stringify(line)}\n`);
  printLine(`The journal is ${kind}: ${what}`, options, edges);
  return exitCodeOf(kind === 'intact' ? 'done' : 'refused');
}

/** `runback runs`: every recorded run, the newest last. */
export async function runsVerb(options: CommonOptions, edges: Edges): Promise<number> {
  const stateDir = absoluteStateDir(options, edges);
  const runs = listRuns(stateDir);
  if (runs.length === 0) printLine(`No run is recorded in ${stateDir}.`, options, edges);
  for (const run of runs) {
    const status = readStatus(run, options, edges);
    if (!status.ok) printLine(`${run}  ${status.error.message}`, options, edges);
    else if (options.output === 'json') edges.out.write(statusJson(status.value, nowText(edges)));
    else printLine(runLine(status.value), options, edges);
  }
  return exitCodeOf('done');
}

function readStatus(run: string, options: CommonOptions, edges: Edges): Result<RunStatus, Failure> {
  const read = readRun(absoluteStateDir(options, edges), run);
  if (!read.ok) return read;
  const { records, inputs, directory } = read.value;
  const identity = identityOf(records);
  if (identity === null) return err(empty(directory));
  const prepared = prepare(keptSources(inputs), identity, options, edges);
  return ok(statusOf(prepared.ok ? prepared.value.plan : null, records));
}

function empty(directory: string): Failure {
  const message = 'it ended before its first record: no host was contacted';
  return failure('refused', 'run-not-begun', message, `nothing to do; ${directory} may be removed`);
}
