import type { Report, ReportOptions } from './contract.js';
import { jsonReport } from './json.js';
import { plainReport } from './plain.js';
import { redactedEvent } from './redacted.js';
import { terminalReport } from './terminal.js';

const columnsMin = 60;

/** `auto` and `tty`: a tree on a terminal that is wide enough, lines everywhere else. */
export function makeReport(options: ReportOptions): Report {
  const report = reportOf(options);
  const { redact } = options;
  if (redact === undefined) return report;
  return { ...report, emit: (event) => report.emit(redactedEvent(event, redact)) };
}

function reportOf(options: ReportOptions): Report {
  const { kind, out } = options;
  if (kind === 'json') return jsonReport(options);
  const isTree = kind !== 'plain' && out.isTTY && out.columns >= columnsMin;
  return isTree ? terminalReport(options) : plainReport(options);
}
