export { describeChange } from './describe-change.js';
export { hostsMatching } from './host-pattern.js';
export { makePlan, type PlanSources } from './make-plan.js';
export { EVERYTHING, type Selection } from './selection.js';
export { type ExtraValue, resolveValues, type Values } from './values.js';
export { hostsWithout } from './without.js';
