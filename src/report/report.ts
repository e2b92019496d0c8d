import type { Report, ReportOptions } from './contract.js';
import { jsonReport } from './json.js';
import { plainReport } from './plain.js';
import { terminalReport } from './terminal.js';

const columnsMin = 60;

/** `auto`: a tree on a terminal that is wide enough, lines everywhere else. */
export function makeReport(options: ReportOptions): Report {
  const { kind, out } = options;
  if (kind === 'json') return jsonReport(options);
  const isTree = kind === 'tty' || (kind === 'auto' && out.isTTY && out.columns >= columnsMin);
  return isTree ? terminalReport(options) : plainReport(options);
}
