import type { HostName } from './names.js';

/** A host that was left out where that is allowed (`ignore_unreachable`), and why. */
export interface NotReached {
  readonly host: HostName;
  readonly why: string;
}

/** How one step ended. The words are a contract: `step.finished` carries them. */
export type StepOutcome =
  | 'ok'
  | 'changed'
  | 'skipped'
  | 'failed'
  | 'unreachable'
  | 'unknown'
  | 'ignored'
  | 'rescued'
  | 'undone'
  | 'not_undone'
  | 'would_change'
  | 'no_change'
  | 'deferred';

/** How a run ended; cli/exit-code.ts gives each its number. */
export type RunOutcome =
  | 'done' // every step ended well; a rollback that completed
  | 'would-change' // a dry run with something to do
  | 'refused' // stopped before the first change
  | 'rolled-back' // failed, and the hosts are as they were before
  | 'stopped' // failed, and the hosts are changed; resume and rollback are open
  | 'rollback-incomplete' // failed, and something could not be taken back
  | 'unknown' // a step's outcome is unknown and needs a person
  | 'interrupted' // stopped by a signal
  | 'defect'; // a bug of our own
