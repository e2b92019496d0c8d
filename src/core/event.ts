import type { EvidenceKind } from './evidence.js';
import type { Failure } from './failure.js';
import type { Json, JsonObject } from './json.js';
import type { HostName, RunId, TaskId } from './names.js';
import type { NotReached, RunOutcome, StepOutcome } from './outcome.js';

export type RunMode = 'run' | 'dry-run' | 'resume' | 'rollback';

/** Everything that is ever printed about a run begins as one of these. */
export type Event =
  | {
      readonly type: 'run.started';
      readonly run: RunId;
      readonly mode: RunMode;
      readonly playbook: string;
      readonly name: string;
      readonly cluster: string | null;
      readonly hosts: readonly HostName[];
      /** Left out by the operator (`--without`). */
      readonly without: readonly HostName[];
      /** Absolute path of the run's directory; null in a dry run. */
      readonly directory: string | null;
    }
  | { readonly type: 'host.connected'; readonly host: HostName; readonly durationMs: number }
  | { readonly type: 'host.unreachable'; readonly host: HostName; readonly failure: Failure }
  | { readonly type: 'lock.taken'; readonly cluster: string; readonly epoch: number }
  | { readonly type: 'play.started'; readonly play: string; readonly name: string }
  | {
      readonly type: 'task.started';
      readonly task: TaskId;
      readonly name: string;
      readonly module: string;
      readonly hosts: readonly HostName[];
      readonly direction: 'do' | 'undo';
      /** Shown in the preview: the point of no return, and why a task cannot be taken back. */
      readonly pointOfNoReturn: boolean;
      readonly irreversible: string | null;
    }
  | { readonly type: 'step.started'; readonly task: TaskId; readonly host: HostName }
  | {
      /** A line of what a running program prints, told only to who wants it. Untrusted text. */
      readonly type: 'step.output';
      readonly task: TaskId;
      readonly host: HostName;
      readonly item: Json;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
      /** Something before it is left out: more was printed than is followed. */
      readonly gap: boolean;
    }
  | {
      readonly type: 'step.retried';
      readonly task: TaskId;
      readonly host: HostName;
      readonly item: Json;
      readonly attempt: number;
      readonly attemptsMax: number;
      readonly why: string;
    }
  | {
      readonly type: 'step.finished';
      readonly task: TaskId;
      readonly name: string;
      readonly host: HostName;
      /** What the loop stands at; null without a loop. */
      readonly item: Json;
      /** How often it was tried. */
      readonly attempts: number;
      readonly outcome: StepOutcome;
      /** One line for each change that was (or would be) made, for people. */
      readonly changes: readonly string[];
      /** Why it was skipped, or which task it is deferred until. */
      readonly why: string | null;
      readonly failure: Failure | null;
      /** What the module reported, secrets masked. */
      readonly result: JsonObject | null;
      readonly durationMs: number;
    }
  | { readonly type: 'task.finished'; readonly task: TaskId; readonly durationMs: number }
  | {
      readonly type: 'evidence';
      readonly kind: EvidenceKind;
      readonly hosts: readonly HostName[];
      readonly task: TaskId;
    }
  | { readonly type: 'point-of-no-return'; readonly task: TaskId }
  | { readonly type: 'rollback.started'; readonly why: string }
  | {
      /** Somebody must press Enter; or the time will be over: null, it will not. */
      readonly type: 'paused';
      readonly message: string;
      readonly forMs: number | null;
    }
  | { readonly type: 'warning'; readonly message: string; readonly host: HostName | null }
  | {
      readonly type: 'run.finished';
      readonly run: RunId;
      readonly mode: RunMode;
      readonly outcome: RunOutcome;
      readonly counts: Counts;
      readonly failure: Failure | null;
      readonly downtimeMs: number | null;
      readonly durationMs: number;
      /** Steps that are changed and were not taken back: `task host`. */
      readonly left: readonly string[];
      /** Of these, the ones whose end nobody has seen. */
      readonly inDoubt: readonly string[];
      /** Hosts that were left out where that is allowed. */
      readonly notReached: readonly NotReached[];
    };

export type Counts = { readonly [outcome in StepOutcome]?: number };

export type Emit = (event: Event) => void;
