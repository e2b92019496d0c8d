import type { Change } from './change.js';
import type { Failure } from './failure.js';
import type { Json, JsonObject } from './json.js';
import type { ChangeId, HostName, RunId, TaskId } from './names.js';
import type { NotReached, RunOutcome, StepOutcome } from './outcome.js';
import type { Receipt } from './receipt.js';

/** One change as it was announced: its id was chosen before anything was sent. */
export interface Announced {
  readonly id: ChangeId;
  readonly change: Change;
}

/**
 * What the journal holds, one body a record; the journal adds version, number, time and the hash chain.
 * An intent is on the disk before the host is touched: a crash may leave doubt, never surprise.
 */
export type RecordBody =
  | {
      readonly type: 'run.started';
      readonly run: RunId;
      readonly plan: string;
      readonly playbook: string;
      readonly cluster: string | null;
      readonly hosts: readonly HostName[];
      readonly user: string;
      readonly started: string;
      readonly version: string;
      /** Codes of findings that the operator accepted, and why; absent in older journals. */
      readonly accepted?: readonly string[];
      readonly reason?: string;
      /** Hosts that were left out as down; absent in older journals. */
      readonly without?: readonly HostName[];
    }
  | {
      /** Somebody goes on with the run, or takes it back, in a new process. */
      readonly type: 'run.resumed';
      readonly mode: 'resume' | 'rollback';
      readonly user: string;
      readonly controller: string;
      readonly version: string;
      readonly accepted?: readonly string[];
      readonly reason?: string;
    }
  | { readonly type: 'lock.taken'; readonly cluster: string; readonly epoch: number }
  | {
      /** The run is about to end, and its hosts note that under this epoch: who has an older journal lacks it. */
      readonly type: 'lock.releasing';
      readonly cluster: string;
      readonly epoch: number;
    }
  | {
      /** Late hosts (`ignore_unreachable`) are about to be connected to and locked. */
      readonly type: 'hosts.entered';
      readonly hosts: readonly HostName[];
    }
  | {
      /** They hold nothing of this run's any more, or never were entered. */
      readonly type: 'hosts.left';
      readonly hosts: readonly HostName[];
    }
  | { readonly type: 'task.started'; readonly task: TaskId }
  | {
      readonly type: 'step.intent';
      readonly task: TaskId;
      readonly host: HostName;
      /** Which item of a loop, from 0; 0 without a loop. */
      readonly index: number;
      /** From 1; a new one for each time that the step is begun again. */
      readonly attempt: number;
      /** What the first probe saw. The first one wins: undo goes back to it, whatever is probed later. */
      readonly before: Json;
      readonly changes: readonly Announced[];
    }
  | {
      /** An attempt that was not good enough, and will be followed by another. */
      readonly type: 'step.retry';
      readonly task: TaskId;
      readonly host: HostName;
      readonly index: number;
      readonly attempt: number;
      readonly receipts: readonly Receipt[];
      readonly failure: Failure | null;
    }
  | {
      readonly type: 'step.finished';
      readonly task: TaskId;
      readonly host: HostName;
      readonly index: number;
      readonly outcome: StepOutcome;
      readonly before: Json;
      readonly result: JsonObject | null;
      readonly receipts: readonly Receipt[];
      readonly failure: Failure | null;
    }
  | { readonly type: 'point-of-no-return'; readonly task: TaskId }
  | { readonly type: 'rollback.started'; readonly why: string }
  | {
      readonly type: 'undo.intent';
      readonly task: TaskId;
      readonly host: HostName;
      readonly index: number;
      readonly attempt: number;
      readonly changes: readonly Announced[];
    }
  | {
      readonly type: 'undo.finished';
      readonly task: TaskId;
      readonly host: HostName;
      readonly index: number;
      readonly outcome: 'undone' | 'not_undone';
      readonly receipts: readonly Receipt[];
      readonly failure: Failure | null;
    }
  | {
      /** What the run left on this host was taken away: from here on it cannot be taken back. */
      readonly type: 'run.cleaned';
      readonly host: HostName;
      readonly paths: readonly string[];
    }
  | { readonly type: 'downtime'; readonly edge: 'starts' | 'ends'; readonly atMs: number }
  | {
      readonly type: 'run.finished';
      readonly outcome: RunOutcome;
      readonly failure: Failure | null;
      /** Absent where there is none, and in older journals. */
      readonly notReached?: readonly NotReached[];
    };
