import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';

/** JSON Lines for programs: one event a line, `v`, `at` and `type` first, the last is `run.finished`. */
export function jsonReport({ out, exitCodeOf, now }: ReportOptions): Report {
  return {
    emit: (event) => {
      const line = { v: 1, at: now(), ...bodyOf(event, exitCodeOf) };
      out.write(`${JSON.stringify(line)}\n`);
    },
    finish: async () => {},
  };
}

function bodyOf(event: Event, exitCodeOf: ReportOptions['exitCodeOf']): object {
  if (event.type !== 'run.finished') return event;
  const { type, run, mode, outcome, counts, failure, downtimeMs, durationMs, left } = event;
  return {
    type,
    run,
    mode,
    outcome,
    exit_code: exitCodeOf(outcome),
    counts,
    ...(downtimeMs === null ? {} : { downtime_ms: downtimeMs }),
    duration_ms: durationMs,
    ...(failure === null ? {} : { failure }),
    left,
  };
}
