import type { Event } from '../core/event.js';
import type { Report, ReportOptions } from './contract.js';
import { jsonReport } from './json.js';
import { plainReport } from './plain.js';
import { redactedEvent } from './redacted.js';
import { terminalReport } from './terminal.js';

const columnsMin = 60;
/** Half of what the engine keeps of a line, so that a secret which it has cut is not seen either. */
const outputCharactersMax = 2_048;

/** `auto` and `tty`: a tree on a terminal that is wide enough, lines everywhere else. */
export function makeReport(options: ReportOptions): Report {
  const report = reportOf(options);
  const { redact } = options;
  if (redact === undefined) return report;
  return { ...report, emit: (event) => report.emit(bounded(redactedEvent(event, redact))) };
}

/** Only when secrets are masked may a line be cut: half a secret would not be known. */
function bounded(event: Event): Event {
  if (event.type !== 'step.output' || event.text.length <= outputCharactersMax) return event;
  return { ...event, text: `${event.text.slice(0, outputCharactersMax)}…` };
}

function reportOf(options: ReportOptions): Report {
  const { kind, out } = options;
  if (kind === 'json') return jsonReport(options);
  const isTree = kind !== 'plain' && out.isTTY && out.columns >= columnsMin;
  return isTree ? terminalReport(options) : plainReport(options);
}
