import type { Failure } from './failure.js';
import type { HostName, RunId, TaskId } from './names.js';
import type { NotReached, RunOutcome, StepOutcome } from './outcome.js';

/** What a run's journal says of it, for people and programs that look on. */
export interface RunStatus {
  readonly run: RunId;
  readonly name: string;
  readonly playbook: string;
  readonly cluster: string | null;
  readonly hosts: readonly HostName[];
  readonly user: string;
  /** UTC, ISO 8601. */
  readonly started: string;
  /** How it ended when somebody last worked on it; null while it goes on, or when its process died. */
  readonly outcome: RunOutcome | null;
  readonly failure: Failure | null;
  /** It began to go back: it can only finish going back. */
  readonly isGoingBack: boolean;
  /** It went back, and nothing is changed any more. */
  readonly isTakenBack: boolean;
  /** What it left on the hosts was taken away: it cannot be taken back any more. */
  readonly isCleaned: boolean;
  readonly pointOfNoReturn: TaskId | null;
  readonly epoch: number;
  readonly downtimeMs: number | null;
  readonly tasks: readonly TaskStatus[];
  /** Changed and not taken back: `task host`. */
  readonly left: readonly string[];
  /** Of these, the ones whose end nobody has seen. */
  readonly inDoubt: readonly string[];
  /** Hosts that were left out when somebody last worked on it, where that is allowed. */
  readonly notReached: readonly NotReached[];
}

export interface TaskStatus {
  readonly task: TaskId;
  readonly name: string;
  readonly state: 'done' | 'open' | 'not-begun' | 'taken-back';
  readonly counts: { readonly [outcome in StepOutcome]?: number };
}

/** What the seals of a journal say of it. */
export interface JournalVerdict {
  readonly kind: 'intact' | 'truncated' | 'altered' | 'newer';
  readonly what: string;
}
