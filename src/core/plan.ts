import type { Places } from './ask.js';
import type { Change } from './change.js';
import type { EvidenceKind } from './evidence.js';
import type { Failure } from './failure.js';
import type { Json, JsonObject } from './json.js';
import type { Undo } from './module.js';
import type { HostName, RunId, TaskId } from './names.js';
import type { Position } from './position.js';
import type { Receipt } from './receipt.js';
import type { Resource } from './resource.js';
import type { Result } from './result.js';

/**
 * What will be done: a tree of plays and tasks. Every task is a barrier. A step is one task on one
 * host; its arguments are bound when the barrier before it has been passed, not earlier.
 */
export interface Plan {
  /** SHA-256 over the playbook's text, the hosts and the values: what a resumed run must match. */
  readonly hash: string;
  readonly name: string;
  /** The playbook's path as the operator gave it. */
  readonly playbook: string;
  /** The cluster whose lock is taken; null when no task of the plan may change a host. */
  readonly cluster: string | null;
  /** Every host of the cluster but late ones and those left out, in name order: all are locked, whatever the plays' hosts are. */
  readonly lockHosts: readonly HostName[];
  /**
   * Hosts that have nothing to do but where being away is ignored (`ignore_unreachable`): neither connected to
   * nor locked before their turn comes.
   */
  readonly lateHosts: readonly HostName[];
  /** Hosts that the operator says are down and stay down (`--without`): in no play, and not locked. */
  readonly without: readonly HostName[];
  readonly plays: readonly Play[];
}

export interface Play {
  readonly kind: 'play';
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly HostName[];
  readonly whole: boolean;
  readonly onFailure: 'rollback' | 'stop';
  /** linear: every task is a barrier. free: each host goes on by itself. */
  readonly strategy: 'linear' | 'free';
  /** False: a host that fails leaves the run, and the others go on. */
  readonly anyErrorsFatal: boolean;
  /** Where a failure is not fatal: the share of a batch's hosts that may fail; more of them stop the run. */
  readonly maxFailPercentage: number | null;
  /** One after the other; one batch of all hosts where the play is not `serial`. */
  readonly batches: readonly Batch[];
}

/** The hosts that go through a play's tasks together. A task stands in every batch, with its hosts there. */
export interface Batch {
  readonly kind: 'batch';
  readonly hosts: readonly HostName[];
  readonly children: readonly Task[];
}

export interface Task {
  readonly kind: 'task';
  readonly id: TaskId;
  readonly name: string;
  readonly module: string;
  readonly at: Position;
  /** The batch's hosts, the first of the play for `run_once`, or the controller. */
  readonly hosts: readonly HostName[];
  /** Where a host's step is carried out, when that is not the host itself (`delegate_to`). */
  readonly delegates: ReadonlyMap<HostName, HostName>;
  readonly place: 'host' | 'controller';
  readonly become: boolean;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
  /** How many hosts at once, forward and back; null: all. */
  readonly throttle: number | null;
  readonly pointOfNoReturn: boolean;
  readonly register: string | null;
  /** One step stands for all hosts of the play: its register is visible on each. */
  readonly runOnce: boolean;
  /** Is its register a list, one record an item? */
  readonly isLoop: boolean;
  /** How often a step that is not good enough is tried, the first time included, and the pause between. */
  readonly attemptsMax: number;
  readonly delayMs: number;
  /** A failure of its steps is noted and counts as passed. */
  readonly ignoreErrors: boolean;
  /** A host that cannot be reached for it is left out and named, and counts as passed. */
  readonly ignoreUnreachable: boolean;
  /** What it was given and what it gave is shown to nobody. */
  readonly noLog: boolean;
  /** Registers that its expressions read: it is deferred in a dry run when one of them is. */
  readonly reads: readonly string[];
  readonly gives: readonly EvidenceKind[];
  readonly needs: readonly EvidenceKind[];
  readonly downtime: 'starts' | 'ends' | null;
  /** Why the task cannot be taken back, for the preview; null when it can. */
  readonly irreversible: string | null;
  readonly written: Written;
  /** What a host loops over; null without a loop. */
  items(scope: Scope): Result<readonly Json[] | null, Failure>;
  bind(scope: Scope): Result<Binding, Failure>;
  /** What `changed_when`, `failed_when` and `until` say of a record that a step has just given. */
  judge(scope: Scope, record: StepRecord): Result<Verdict, Failure>;
}

/** How a task stands in the playbook: for previews, never for decisions. */
export interface Written {
  readonly tags: readonly string[];
  /** Conditions that must all hold, the play's own first; empty: none is written. */
  readonly when: readonly string[];
  readonly until: readonly string[];
  readonly changedWhen: readonly string[];
  readonly failedWhen: readonly string[];
  readonly loop: string | null;
  /** Names only. */
  readonly environment: readonly string[];
}

/** What a register holds of one step: the module's result, and how it went. */
export type StepRecord = JsonObject & {
  readonly ran: boolean;
  readonly changed: boolean;
  readonly failed: boolean;
};

export interface Verdict {
  readonly changed: boolean;
  /** Why `failed_when` calls it a failure, or a module's own failure that it does not lift; null: none. */
  readonly failedBecause: string | null;
  /** Good enough: no further attempt is wanted. */
  readonly isEnough: boolean;
}

export type Binding =
  | { readonly kind: 'skip'; readonly why: string }
  | { readonly kind: 'step'; readonly step: BoundStep };

/** What expressions may see when a step is bound. */
export interface Scope {
  readonly host: HostName;
  readonly run: {
    readonly id: RunId;
    readonly started: string;
    readonly user: string;
    /** Codes of findings that shall not stop the run, and why. */
    readonly accepted: readonly string[];
    readonly reason: string;
  };
  /** Of a loop; undefined without one. */
  readonly item?: Json;
  /** A register's record on a host, a list of them for a loop; undefined before its task has run there. */
  registered(register: string, host: HostName): Json | undefined;
}

/** Every task of every batch, in the order in which they are done. */
export function tasksOf(plan: Pick<Plan, 'plays'>): readonly Task[] {
  return plan.plays.flatMap((play) => play.batches.flatMap((batch) => batch.children));
}

/** Where a host's step of a task is carried out. */
export function placeOf(task: Task, host: HostName): HostName {
  return task.delegates.get(host) ?? host;
}

/** Where the cluster's lock is held while something is changed: from the beginning, or from when its turn comes. */
export function isLocked({ cluster, lockHosts, lateHosts }: Plan, machine: HostName): boolean {
  return cluster !== null && (lockHosts.includes(machine) || lateHosts.includes(machine));
}

/** A module with its arguments on one host. `before` is the module's own; nobody else reads into it. */
export interface BoundStep {
  readonly module: string;
  readonly repeatable: boolean;
  readonly readOnly: boolean;
  /** The arguments as they may be shown: secrets masked. */
  readonly shownArgs: JsonObject;
  probe(ask: Places): Promise<Result<Json, Failure>>;
  plan(before: Json): Result<readonly Change[], Failure>;
  verify(
    before: Json,
    receipts: readonly Receipt[],
    ask: Places,
  ): Promise<Result<JsonObject, Failure>>;
  readonly undo: Undo<null, Json>;
  material(before: Json): Json;
  /** Everything that it could alter; what a dry run must expect of a step that it cannot foretell. */
  mayAlter(): readonly Resource[];
}
