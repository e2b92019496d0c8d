import type { Questions } from './ask.js';
import type { Change } from './change.js';
import type { Failure } from './failure.js';
import type { ChangeId, HostName, RunId } from './names.js';
import type { Answer } from './question.js';
import type { Receipt } from './receipt.js';
import type { Announced, RecordBody } from './record.js';
import type { Result } from './result.js';
import type { RunOnHost } from './run-on-host.js';

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
  /** Is there a terminal, and perhaps a person before it? */
  readonly isThere: boolean;
  /** Resolves when a person presses Enter, or when the signal fires. What is waited for is printed elsewhere. */
  enter(signal: AbortSignal): Promise<void>;
}

export interface Journal {
  /** Resolves when the record is durable (fsynced). Records of one call order stay in that order. */
  append(record: RecordBody): Promise<Result<void, Failure>>;
}

export interface Hosts {
  /** Opens (or gives back the open) session of one host. CONTROLLER is this machine. */
  connect(host: HostName, become: boolean, signal: AbortSignal): Promise<Result<Session, Failure>>;
  /** Ends the session of one host, where there is one; `connect` opens another. */
  close(host: HostName): void;
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
  /**
   * How long ago the holder was last heard of on this host, by its own clock since the boot; null when
   * it never was since then. It only informs: a holder that waits for a long step is not heard of.
   */
  readonly heardAgoMs?: number | null;
}

/** A lock that was read for one run. */
export interface LockForRun extends LockState {
  readonly ofRun: RunOnHost;
}

/** What taking a lock gives. */
export interface LockTaken {
  readonly open: readonly OpenStep[];
  readonly ofRun: RunOnHost;
}

/** The end of a run, as its hosts are told it: the epoch of its lock, and the next one, which is its end's. */
export interface RunClose {
  readonly run: RunId;
  readonly epoch: number;
  readonly next: number;
}

/** `others`: it was another's by then, and nothing was done. */
export type GivenBack = 'given-back' | 'others';

/** A step of an older epoch that goes on under a new one: it is not ended, and not hidden. */
export interface OpenStep {
  readonly run: RunId;
  readonly id: ChangeId;
  readonly pids: readonly number[];
}

/** How far each stream of a change's output has been seen, in bytes. */
export interface OutputAt {
  readonly stdout: number;
  readonly stderr: number;
}

/** A piece of what a running change prints, in order, and never half a character. Untrusted text. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** Where in its stream it ends. */
  readonly at: number;
  /** True when something before it was left out: more was printed than is followed. */
  readonly gap: boolean;
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
  /**
   * Read-only: never writes anything on the host, not even a temporary file; only the lock that this
   * session holds is told that its holder was heard of.
   */
  ask(
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Result<Readonly<Record<string, Answer>>, Failure>>;
  /**
   * Starts each change once and gives one receipt for each item. An error of kind `fenced` or `disk` means
   * that nothing more was started. Any other means that nothing is known beyond what `settle` will say;
   * it never means that nothing happened.
   */
  carryOut(bundle: Bundle, signal: AbortSignal): Promise<Result<readonly Receipt[], Failure>>;
  /** Says for good what became of these ids: nothing that is `never` can start afterwards. */
  settle(
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>>;
  /**
   * Watches one change on a channel of its own, from somewhere in its output on, and gives its receipt
   * when it has ended; never `running`. It only looks: an id that nobody has claimed yet is waited for, so
   * settle first where it may not come. Output is bounded: one who is far behind is told only the end.
   * The signal ends the watching, not the change.
   */
  follow(
    run: RunId,
    cluster: string | null,
    id: ChangeId,
    from: OutputAt,
    onOutput: (piece: OutputPiece) => void,
    signal: AbortSignal,
  ): Promise<Result<Receipt, Failure>>;
  /**
   * Ends these changes, in some 15 seconds at most, and settles them: what has not started never will,
   * what runs is asked to end and then made to. Its receipts come by this call and by the other one that
   * waits for them.
   */
  cancel(
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>>;
  readLock(cluster: string, signal: AbortSignal): Promise<Result<LockState, Failure>>;
  /** The lock, and what this host knows of a run. */
  readLockFor(
    cluster: string,
    run: RunId,
    signal: AbortSignal,
  ): Promise<Result<LockForRun, Failure>>;
  /**
   * Takes the lock under a higher epoch. `over`: whose lock may be taken over; null: nobody's. Behind it
   * nothing of an older epoch starts any more; what already runs is given back, and is to be waited for.
   * `known`: the highest epoch that the run's own records speak of; an end above it refuses (`older-copy`).
   */
  takeLock(
    cluster: string,
    holder: LockHolder,
    over: RunId | null,
    known: number,
    signal: AbortSignal,
  ): Promise<Result<LockTaken, Failure>>;
  /** Gives the lock back. `epoch`: under which it was taken; without it, what this session knows of it. */
  releaseLock(
    cluster: string,
    run: RunId,
    signal: AbortSignal,
    epoch?: number,
  ): Promise<Result<GivenBack, Failure>>;
  /**
   * Notes durably that the run has ended, and gives the lock back. Of an end and a take-over of the same run
   * the first is right; asked once more, it answers the same.
   */
  endRun(cluster: string, end: RunClose, signal: AbortSignal): Promise<Result<GivenBack, Failure>>;
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
