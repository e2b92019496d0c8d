export type { Report } from './contract.js';
export { diagnosticsJson, diagnosticsText } from './diagnostics.js';
export { footprintText } from './footprint.js';
export { type HostRow, hostDetailsText, hostRowsJson, hostRowsText } from './host-rows.js';
export { offlinePlanText } from './offline-plan.js';
export type { Output } from './output.js';
export { makeReport } from './report.js';
export { runLine, statusJson, statusText } from './status.js';
export { failureText } from './wording.js';
