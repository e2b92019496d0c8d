import type { Emit } from '../core/event.js';
import type { RunOutcome } from '../core/outcome.js';
import { jsonReport } from './json.js';
import type { Output } from './output.js';
import { plainReport } from './plain.js';
import { terminalReport } from './terminal.js';

/** A consumer of events. `finish` resolves when everything is printed. */
export interface Report {
  readonly emit: Emit;
  finish(): Promise<void>;
}

export interface ReportOptions {
  readonly kind: 'auto' | 'tty' | 'plain' | 'json';
  readonly out: Output;
  readonly exitCodeOf: (outcome: RunOutcome) => number;
  /** The one command to type after a run that did not end well. */
  readonly nextCommand: (outcome: RunOutcome, run: string) => string | null;
  /** UTC, ISO 8601. */
  readonly now: () => string;
}

const columnsMin = 60;

/** `auto`: a tree on a terminal that is wide enough, lines everywhere else. */
export function makeReport(options: ReportOptions): Report {
  const { kind, out } = options;
  if (kind === 'json') return jsonReport(options);
  const isTree = kind === 'tty' || (kind === 'auto' && out.isTTY && out.columns >= columnsMin);
  return isTree ? terminalReport(options) : plainReport(options);
}
