import { type Diagnostic, hasErrors } from '../core/diagnostic.js';
import type { Failure } from '../core/failure.js';
import type { RunOutcome } from '../core/outcome.js';
import type { Plan } from '../core/plan.js';
import type { RunStatus } from '../core/run-status.js';
import { redact } from '../core/secret.js';
import {
  diagnosticsJson,
  diagnosticsText,
  failureText,
  jsonText,
  makeReport,
  offlinePlanJson,
  offlinePlanText,
  type Report,
} from '../report/index.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';

export function reportFor(options: CommonOptions, edges: Edges): Report {
  return makeReport({
    kind: options.output,
    out: edges.out,
    exitCodeOf: (outcome) => exitCodeOf(outcome, options.detailedExitcode === true),
    nextCommand: (outcome, run) => nextCommand(outcome, run, options),
    now: () => nowText(edges),
    redact: (text) => redact(text, [...edges.secrets]),
  });
}

/** Prints findings and gives the exit code: bad input when one of them is an error. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  options: CommonOptions,
  edges: Edges,
): number {
  if (options.output === 'json') edges.out.write(diagnosticsJson(diagnostics, nowText(edges)));
  else edges.problems.write(diagnosticsText(diagnostics, texts));
  return hasErrors(diagnostics) ? BAD_INPUT : exitCodeOf('done');
}

export function printFailure(
  failure: Failure,
  exitCode: number,
  options: CommonOptions,
  edges: Edges,
): number {
  if (options.output === 'json') {
    const line = { v: 1, at: nowText(edges), type: 'failure', exit_code: exitCode, ...failure };
    edges.out.write(`${JSON.stringify(line)}\n`);
  } else edges.problems.write(`${failureText(failure)}\n`);
  return exitCode;
}

export function printLine(text: string, options: CommonOptions, edges: Edges): void {
  if (options.output !== 'json') edges.out.write(`${text}\n`);
}

export function printOfflinePlan(plan: Plan, options: CommonOptions, edges: Edges): number {
  if (options.output === 'json') {
    const line = { v: 1, at: nowText(edges), type: 'plan', plan: offlinePlanJson(plan) };
    edges.out.write(`${jsonText(line)}\n`);
  } else edges.out.write(offlinePlanText(plan));
  return exitCodeOf('done');
}

/** The one thing to type next, for every ending that is not good. */
function nextCommand(outcome: RunOutcome, run: string, options: CommonOptions): string | null {
  const state = options.stateDir === '.runback' ? '' : ` --state-dir ${options.stateDir}`;
  switch (outcome) {
    case 'stopped':
    case 'unknown':
    case 'interrupted':
      return `runback resume ${run}${state}`;
    case 'rollback-incomplete':
      return `runback rollback ${run}${state}`;
    case 'refused':
    case 'rolled-back':
      return 'the same command again, when the cause above is mended';
    default:
      return null;
  }
}

/** The same for a run that is only looked at. */
export function nextCommandFor(status: RunStatus, options: CommonOptions): string | null {
  if (status.isTakenBack) return null;
  const { outcome, run } = status;
  if (status.isGoingBack && outcome !== 'rolled-back') {
    return nextCommand('rollback-incomplete', run, options);
  }
  return nextCommand(outcome ?? 'interrupted', run, options);
}

export function nowText(edges: Edges): string {
  return new Date(edges.clock.nowMs()).toISOString();
}
