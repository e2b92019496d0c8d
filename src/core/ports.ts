import type { Questions } from './ask.js';
import type { Change } from './change.js';
import type { Failure } from './failure.js';
import type { ChangeId, HostName, RunId } from './names.js';
import type { Answer } from './question.js';
import type { Receipt } from './receipt.js';
import type { Announced, RecordBody } from './record.js';
import type { Result } from './result.js';

/** The world as the engine may touch it. Every call can be stopped by its AbortSignal. */
export interface World {
  readonly hosts: Hosts;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly operator: Operator;
}

export interface Clock {
  nowMs(): number;
  /** Resolves after the time or when the signal fires, whichever is first. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

export interface Operator {
  /** True only when a person said yes. Without a terminal: false, unless --yes was given. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
}

export interface Journal {
  /** Resolves when the record is durable (fsynced). Records of one call order stay in that order. */
  append(record: RecordBody): Promise<Result<void, Failure>>;
}

export interface Hosts {
  /** Opens (or gives back the open) session of one host. CONTROLLER is this machine. */
  connect(host: HostName, become: boolean, signal: AbortSignal): Promise<Result<Session, Failure>>;
  closeAll(): Promise<void>;
}

export interface LockHolder {
  readonly run: RunId;
  readonly epoch: number;
  readonly user: string;
  readonly controller: string;
  readonly pid: number;
  /** UTC, ISO 8601. */
  readonly since: string;
}

export interface LockState {
  /** The highest epoch that this host has ever seen; 0 when none. */
  readonly epoch: number;
  readonly holder: LockHolder | null;
}

export interface Bundle {
  readonly run: RunId;
  /** Null only on the controller, where no lock is taken. */
  readonly fence: { readonly cluster: string; readonly epoch: number } | null;
  /** In order; the first that fails stops the bundle, and the rest get `never`. */
  readonly items: readonly Announced[];
  readonly timeoutMs: number;
}

export interface Footprint {
  readonly path: string;
  /** Of all files below it, as the disk counts them. */
  readonly sizeBytes: number;
}

export interface Session {
  readonly host: HostName;
  /** Read-only: never writes anything on the host, not even a temporary file. */
  ask(
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Result<Readonly<Record<string, Answer>>, Failure>>;
  /**
   * Starts each change once and gives one receipt for each item. An error means that nothing is known
   * beyond what `settle` will say; it never means that nothing happened.
   */
  carryOut(bundle: Bundle, signal: AbortSignal): Promise<Result<readonly Receipt[], Failure>>;
  /** Says for good what became of these ids: nothing that is `never` can start afterwards. */
  settle(
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>>;
  readLock(cluster: string, signal: AbortSignal): Promise<Result<LockState, Failure>>;
  /** Takes the lock under a higher epoch. `over`: whose lock may be taken over; null: nobody's. */
  takeLock(
    cluster: string,
    holder: LockHolder,
    over: RunId | null,
    signal: AbortSignal,
  ): Promise<Result<void, Failure>>;
  releaseLock(cluster: string, run: RunId, signal: AbortSignal): Promise<Result<void, Failure>>;
  /** What of these directories, and of the run's own records on the host, is there. */
  footprint(
    run: RunId,
    cluster: string | null,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<readonly Footprint[], Failure>>;
  /**
   * Takes directories of a run away for good, the only thing that ever deletes. Refuses, on the host, each
   * whose last name is not the run's id, and never crosses into another mount.
   */
  erase(run: RunId, paths: readonly string[], signal: AbortSignal): Promise<Result<void, Failure>>;
  /** Fires when the connection is lost. */
  readonly lost: AbortSignal;
}

/** What a change says of itself in a preview or a progress line: pure, no secrets. */
export type Describe = (change: Change) => string;
