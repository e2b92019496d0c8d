export type { Report } from './contract.js';
export { diagnosticsJson, diagnosticsText } from './diagnostics.js';
export { footprintText } from './footprint.js';
export { offlinePlanText } from './offline-plan.js';
export type { Output } from './output.js';
export { makeReport } from './report.js';
export { runLine, statusJson, statusText } from './status.js';
export { failureText } from './wording.js';
