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
  /** Every host of the cluster, in name order: all are locked, whatever the plays' hosts are. */
  readonly lockHosts: readonly HostName[];
  readonly plays: readonly Play[];
}

export interface Play {
  readonly kind: 'play';
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly HostName[];
  readonly whole: boolean;
  readonly onFailure: 'rollback' | 'stop';
  readonly children: readonly Task[];
}

export interface Task {
  readonly kind: 'task';
  readonly id: TaskId;
  readonly name: string;
  readonly module: string;
  readonly at: Position;
  /** The play's hosts, the first of them for `run_once`, or the controller. */
  readonly hosts: readonly HostName[];
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
  /** Registers that its expressions read: it is deferred in a dry run when one of them is. */
  readonly reads: readonly string[];
  readonly gives: readonly EvidenceKind[];
  readonly needs: readonly EvidenceKind[];
  readonly downtime: 'starts' | 'ends' | null;
  /** Why the task cannot be taken back, for the preview; null when it can. */
  readonly irreversible: string | null;
  bind(scope: Scope): Result<Binding, Failure>;
}

export type Binding =
  | { readonly kind: 'skip'; readonly why: string }
  | { readonly kind: 'step'; readonly step: BoundStep };

/** What expressions may see when a step is bound. */
export interface Scope {
  readonly host: HostName;
  readonly run: { readonly id: RunId; readonly started: string; readonly user: string };
  /** A register's record on a host; undefined before its task has run there. */
  registered(register: string, host: HostName): JsonObject | undefined;
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
