import type { Emit } from '../core/event.js';
import type { RunOutcome } from '../core/outcome.js';
import type { Output } from './output.js';

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
  /** Masks every known secret in a text: the first thing that happens to what an event says. */
  readonly redact?: (text: string) => string;
}
