import type { RunOutcome } from '../core/outcome.js';

/** The one table of exit codes: a contract with scripts. docs/exit-codes.md explains them. */
const EXIT_CODES: { readonly [outcome in RunOutcome]: number } = {
  done: 0,
  'would-change': 0,
  defect: 1,
  refused: 3,
  'rolled-back': 4,
  stopped: 5,
  'rollback-incomplete': 6,
  unknown: 7,
  interrupted: 130,
};

/** Bad usage, playbook, inventory or variables: no host was contacted. */
export const BAD_INPUT = 2;

/** With --detailed-exitcode, a dry run that found something to change. */
const WOULD_CHANGE = 10;

export function exitCodeOf(outcome: RunOutcome, detailed = false): number {
  return detailed && outcome === 'would-change' ? WOULD_CHANGE : EXIT_CODES[outcome];
}
