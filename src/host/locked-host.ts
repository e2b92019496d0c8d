import type { Failure } from '../core/failure.js';
import type { HostName, RunId } from '../core/names.js';
import type {
  GivenBack,
  LockForRun,
  LockHolder,
  LockState,
  LockTaken,
  RunClose,
} from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import { olderCopy } from '../core/run-on-host.js';
import type { Part } from './channel.js';
import type { Channels, Place } from './channels.js';
import type { HostFacts } from './facts.js';
import * as failures from './failures.js';
import {
  lockExits,
  lockScripts,
  readLockState,
  readOpenSteps,
  readRunOnHost,
} from './lock-scripts.js';

/** For what only reads and writes the runner's own small files. */
export const ownWorkMs = 120_000;

/** A host's place for what is done there, and the lock of a cluster in it. */
export class LockedHost {
  readonly host: HostName;

  protected constructor(
    protected readonly options: Place,
    protected readonly channels: Channels,
  ) {
    this.host = options.host;
  }

  get facts(): HostFacts {
    return this.channels.facts;
  }

  async readLock(cluster: string, signal: AbortSignal): Promise<Result<LockState, Failure>> {
    return this.answered(
      cluster,
      (base) => this.channels.request(lockScripts.read(base), signal, ownWorkMs),
      (parts) => ok(readLockState(parts)),
    );
  }

  async readLockFor(
    cluster: string,
    run: RunId,
    signal: AbortSignal,
  ): Promise<Result<LockForRun, Failure>> {
    return this.answered(
      cluster,
      (base) => this.channels.request(lockScripts.readFor(base, run), signal, ownWorkMs),
      (parts) => ok({ ...readLockState(parts), ofRun: readRunOnHost(parts.slice(4)) }),
    );
  }

  async takeLock(
    cluster: string,
    holder: LockHolder,
    over: RunId | null,
    known: number,
    signal: AbortSignal,
  ): Promise<Result<LockTaken, Failure>> {
    return this.answered(
      cluster,
      (base) => {
        const script = lockScripts.take(base, holder, over, known);
        return this.channels.request(script, signal, ownWorkMs);
      },
      ([taken, open, ...state], base) => {
        if (taken?.exitCode === 0) {
          this.channels.heartbeat.holds(base, holder.run, holder.epoch);
          return ok({ open: readOpenSteps(open), ofRun: readRunOnHost(state.slice(4)) });
        }
        if (taken?.exitCode === lockExits.older) {
          return err(olderCopy(this.host, holder.run, 'somebody else has worked on it there'));
        }
        return err(
          taken?.exitCode === lockExits.others
            ? failures.lockHeld(this.host, cluster, readLockState(state).holder)
            : failures.cannotWrite(this.host, base, taken),
        );
      },
    );
  }

  async releaseLock(
    cluster: string,
    run: RunId,
    signal: AbortSignal,
    epoch?: number,
  ): Promise<Result<GivenBack, Failure>> {
    return this.giveBack(cluster, signal, (base) => {
      const under = epoch ?? this.channels.heartbeat.epochOf(base, run);
      return lockScripts.release(base, run, under);
    });
  }

  async endRun(
    cluster: string,
    end: RunClose,
    signal: AbortSignal,
  ): Promise<Result<GivenBack, Failure>> {
    return this.giveBack(cluster, signal, (base) => lockScripts.end(base, end));
  }

  /** A request about what lies at the host's place for one cluster, and how its answer is read. */
  protected async answered<T>(
    cluster: string | null,
    ask: (base: string) => Promise<Result<readonly Part[], Failure>>,
    read: (parts: readonly Part[], base: string) => Result<T, Failure>,
  ): Promise<Result<T, Failure>> {
    const base = this.base(cluster);
    if (!base.ok) return base;
    const parts = await ask(base.value);
    return parts.ok ? read(parts.value, base.value) : parts;
  }

  protected base(cluster: string | null): Result<string, Failure> {
    const { stateDir } = this.facts;
    if (stateDir === null) return err(failures.noPlace(this.host));
    if (cluster === null) return ok(stateDir);
    return stateDir === this.options.stateDir
      ? ok(`${stateDir}/${cluster}`)
      : err(failures.lockNeedsRoot(this.host, cluster));
  }

  private giveBack(
    cluster: string,
    signal: AbortSignal,
    scriptIn: (base: string) => string,
  ): Promise<Result<GivenBack, Failure>> {
    return this.answered<GivenBack>(
      cluster,
      (base) => {
        const script = scriptIn(base);
        this.channels.heartbeat.gaveBack();
        return this.channels.request(script, signal, ownWorkMs);
      },
      ([given], base) => {
        if (given?.exitCode === 0) return ok('given-back');
        if (given?.exitCode === lockExits.others) return ok('others');
        return err(failures.cannotWrite(this.host, base, given));
      },
    );
  }
}
