import { clean } from '../core/clean.js';
import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';

/** JSON Lines for programs: one event a line, `v`, `at` and `type` first, the last is `run.finished`. */
export function jsonReport({ out, exitCodeOf, now }: ReportOptions): Report {
  return {
    emit: (event) => {
      const line = { v: 1, at: now(), ...bodyOf(event, exitCodeOf) };
      out.write(`${jsonText(line)}\n`);
    },
    finish: async () => {},
  };
}

/** JSON that is safe on a terminal as well: `clean` writes what it replaces as JSON escapes it. */
export function jsonText(value: object): string {
  return clean(JSON.stringify(value));
}

/** The language's names are lower_snake; what a module or a failure holds is left as it is. */
function bodyOf(event: Event, exitCodeOf: ReportOptions['exitCodeOf']): object {
  const members = Object.entries(event).filter(
    // Without a loop there is no item to speak of.
    ([name, value]) => name !== 'item' || value !== null,
  );
  const body = Object.fromEntries(members.map(([name, value]) => [snake(name), value as unknown]));
  if (event.type !== 'run.finished') return body;
  const { type, run, outcome, downtime_ms, failure, ...rest } = body;
  return {
    type,
    run,
    outcome,
    exit_code: exitCodeOf(event.outcome),
    ...rest,
    ...(event.downtimeMs === null ? {} : { downtime_ms }),
    ...(event.failure === null ? {} : { failure }),
  };
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
