import type { Change } from '../../../src/core/change.js';
import type { ChangeId, RunId } from '../../../src/core/names.js';
import type { GivenBack, LockHolder, LockState, RunClose } from '../../../src/core/ports.js';
import type { Announced } from '../../../src/core/record.js';
import type { RunOnHost } from '../../../src/core/run-on-host.js';
import { describeChange } from '../../../src/plan/index.js';
import { type Exit, failed, type Scripted, scriptOf } from './changes.js';
import type { Machine } from './machine.js';
import { missingFor } from './questions.js';

/** What the runner has on its disk about one id. */
interface Step {
  readonly epoch: number;
  /** The boot of the intent; null while it is only claimed. */
  intentBoot: number | null;
  /** The wrapper that works on it. */
  wrapper: Wrapper | null;
  start: 'started' | 'void' | null;
  receipt: Ended | null;
  /** Its script goes on, whatever has become of the wrapper. */
  isRunning: boolean;
}

/** One detached process that carries the steps of a bundle out, in order. */
interface Wrapper {
  isAlive: boolean;
}

/** A file on its way in. */
export interface Reception {
  /** Asked when it is whole: false when another run has taken over, or has settled it. */
  mayBeNamed(): boolean;
  /** Null: it failed, and left nothing. */
  ended(receipt: Ended | null): void;
}

export type Ended =
  | {
      readonly state: 'done';
      readonly exit: Exit;
      readonly durationMs: number;
      /** Of what was sent. */
      readonly sha256?: string;
      readonly sizeBytes?: number;
    }
  | { readonly state: 'never' | 'fenced' };

export type Settled =
  | Ended
  | { readonly state: 'running' }
  | {
      readonly state: 'interrupted';
      readonly detail: string;
    };

/** One start of one change: what the oracle counts. */
export interface Effect {
  readonly host: string;
  readonly id: ChangeId;
  readonly epoch: number;
  readonly highestEpoch: number;
  readonly change: Change;
}

/**
 * The step runner of src/host/runner.sh, act by act: claim, intent, sync, a detached wrapper, the epoch,
 * start by exclusive creation, the script, a synced receipt before the next one starts. State is kept
 * here and not as files; what a power loss takes of it is said below.
 */
export class Runner {
  readonly effects: Effect[] = [];
  /** The rule that an old epoch starts nothing; planted bugs switch it off. */
  checksEpoch = true;
  /** The rule that a host knows by itself how far a run has come; planted bugs switch it off. */
  remembersEnds = true;
  /** The next wrapper is killed while its first script runs, and the script goes on. */
  orphansNext = false;
  readonly #steps = new Map<ChangeId, Step>();
  readonly #epochs = new Set<number>([0]);
  /** Runs that have ended, by the epoch that each end raised. */
  readonly #ends = new Map<number, RunId>();
  #lock: LockHolder | null = null;

  constructor(private readonly machine: Machine) {}

  get highestEpoch(): number {
    return Math.max(...this.#epochs);
  }

  /** Null: it could not be recorded, and nothing is started. Else `ended` is told when all is over. */
  launch(
    epoch: number,
    items: readonly Announced[],
    ended: (receipts: readonly Settled[]) => void,
  ): 'refused' | 'launched' {
    const { machine } = this;
    if (items.some(({ id }) => this.#steps.has(id)) || machine.files.isFull) {
      // What was claimed before the one that failed stays claimed, and can never start.
      for (const { id } of items) if (!this.#steps.has(id)) this.claim(id, epoch);
      return 'refused';
    }
    for (const { id } of items) this.claim(id, epoch).intentBoot = machine.boot;
    const wrapper: Wrapper = { isAlive: true };
    machine.after(1, () => {
      for (const { id } of items) this.step(id).wrapper = wrapper;
      this.next(wrapper, epoch, [...items], false, () => {
        wrapper.isAlive = false;
        ended(items.map(({ id }) => this.settle(id)));
      });
    });
    return 'launched';
  }

  /** Says for good what became of an id. The order of these looks is the protocol. */
  settle(id: ChangeId): Settled {
    const step = this.#steps.get(id);
    if (step?.receipt != null) return step.receipt;
    if (step === undefined) {
      this.claim(id, 0).start = 'void';
      return { state: 'never' };
    }
    // What an orphan does is not over: only then may anybody look at what it has done.
    if (step.wrapper?.isAlive === true || step.isRunning) return { state: 'running' };
    if (step.intentBoot !== null && step.intentBoot !== this.machine.boot) {
      return { state: 'interrupted', detail: 'the host was booted since' };
    }
    if (step.start === null) step.start = 'void';
    if (step.start === 'void') return { state: 'never' };
    return { state: 'interrupted', detail: 'it was started, and nobody saw its end' };
  }

  /** A change begins on this machine: the oracle is told. */
  note({ id, change }: Announced, epoch: number): void {
    const { name: host, around } = this.machine;
    const effect = { host, id, epoch, highestEpoch: this.highestEpoch, change };
    this.effects.push(effect);
    around.trace.add(host, () => `does ${describeChange(change)}`);
    around.happened(effect);
  }

  lockState(): LockState {
    return { epoch: this.highestEpoch, holder: this.#lock };
  }

  /** What this host knows of a run by itself. All ids here are of the one run of a story. */
  known(run: RunId): RunOnHost {
    if (!this.remembersEnds) return { ended: 0, started: [] };
    const ended = [...this.#ends].filter(([, one]) => one === run).map(([epoch]) => epoch);
    const begun = [...this.#steps].filter(([, { start }]) => start === 'started');
    return { ended: Math.max(0, ...ended), started: begun.map(([id]) => id) };
  }

  /** Null: taken. Else who holds it, or why not. */
  takeLock(
    holder: LockHolder,
    over: RunId | null,
    known: number,
  ): LockHolder | 'not-written' | 'older-copy' | null {
    if (this.machine.files.isFull || this.highestEpoch >= holder.epoch) {
      return this.#lock ?? 'not-written';
    }
    const isNew = over === null && this.#steps.size > 0;
    if (this.remembersEnds && (isNew || this.known(holder.run).ended > known)) return 'older-copy';
    if (this.#lock !== null && this.#lock.run !== over) return this.#lock;
    this.#lock = holder;
    this.#epochs.add(holder.epoch);
    this.voidOlderThan(holder.epoch);
    this.machine.around.trace.add(this.machine.name, `lock: epoch ${holder.epoch}`);
    return null;
  }

  /** `epoch`: under which it was taken, when that is known. */
  releaseLock(run: RunId, epoch: number | null): GivenBack {
    const isOthers = this.#lock?.run !== run || (epoch !== null && this.highestEpoch > epoch);
    if (!isOthers) this.#lock = null;
    return isOthers ? 'others' : 'given-back';
  }

  /** Null: it cannot be written. */
  endRun({ run, epoch, next }: RunClose): GivenBack | null {
    if (this.#ends.get(next) !== run) {
      if (this.highestEpoch > epoch) return 'others';
      if (this.machine.files.isFull) return null;
      this.#ends.set(next, run);
      this.#epochs.add(next);
      this.machine.around.trace.add(this.machine.name, `the run ends: epoch ${next}`);
    }
    this.releaseLock(run, next);
    return 'given-back';
  }

  /** A file that comes in is a step as well: claimed before, fenced just before it gets its name. */
  receive(item: Announced, epoch: number): Reception | null {
    if (this.#steps.has(item.id) || this.machine.files.isFull) return null;
    const step = this.claim(item.id, epoch);
    step.intentBoot = this.machine.boot;
    step.wrapper = { isAlive: true };
    return {
      mayBeNamed: () => {
        const isFenced = this.isFenced(epoch);
        if (isFenced) this.finish(step, { state: 'fenced' });
        if (step.start !== null) return false;
        step.start = 'started';
        this.note(item, epoch);
        return true;
      },
      ended: (receipt) => {
        if (receipt !== null && !this.machine.files.isFull) step.receipt = receipt;
        if (step.wrapper !== null) step.wrapper.isAlive = false;
      },
    };
  }

  /** Locks, epochs, intents and receipts are synced; a start is not, and the boot tells of it. */
  losePower(): void {
    for (const step of this.#steps.values()) {
      if (step.wrapper !== null) step.wrapper.isAlive = false;
      step.isRunning = false;
    }
  }

  private isFenced(epoch: number): boolean {
    return this.checksEpoch && epoch > 0 && this.highestEpoch > epoch;
  }

  /** Behind a take-over nothing of an older epoch starts any more; what runs is left to be waited for. */
  private voidOlderThan(epoch: number): void {
    if (!this.checksEpoch) return;
    for (const step of this.#steps.values()) {
      if (step.epoch < epoch && step.start === null && step.receipt === null) step.start = 'void';
    }
  }

  private next(
    wrapper: Wrapper,
    epoch: number,
    items: Announced[],
    hasFailed: boolean,
    over: () => void,
  ): void {
    const item = items.shift();
    if (item === undefined) {
      over();
      return;
    }
    const step = this.step(item.id);
    if (hasFailed) {
      this.finish(step, { state: 'never' });
      this.next(wrapper, epoch, items, true, over);
      return;
    }
    if (this.isFenced(epoch)) {
      this.finish(step, { state: 'fenced' });
      this.next(wrapper, epoch, items, true, over);
      return;
    }
    // Somebody settled it before it could start: the wrapper goes, and leaves the rest unstarted.
    if (step.start !== null) {
      over();
      return;
    }
    step.start = 'started';
    const beganMs = this.machine.around.time.nowMs;
    this.note(item, epoch);
    const isOrphan = this.orphansNext;
    this.orphansNext = false;
    step.isRunning = true;
    if (isOrphan) {
      this.machine.after(1, () => {
        this.machine.around.trace.add(this.machine.name, 'a wrapper is killed, its script goes on');
        over();
      });
    }
    this.carryOut(item, isOrphan, (ended) => {
      step.isRunning = false;
      if (!wrapper.isAlive) return;
      const durationMs = this.machine.around.time.nowMs - beganMs;
      // A receipt that cannot be written: the wrapper ends, and nobody saw how the step did.
      if (this.machine.files.isFull) return over();
      step.receipt = { state: 'done', exit: ended, durationMs };
      this.machine.after(this.machine.random.between(3, 15), () => {
        if (wrapper.isAlive) this.next(wrapper, epoch, items, ended.code !== 0, over);
      });
    });
  }

  /** An orphan's script is slow, so that others come before its end. */
  private carryOut({ id, change }: Announced, isSlow: boolean, ended: (exit: Exit) => void): void {
    const { machine } = this;
    const script = scriptOf(machine, change as Scripted, id);
    const go = (answer: string | null): void => {
      try {
        const { value, done } = script.next(answer);
        if (done === true) ended(value);
        else if ('forMs' in value)
          machine.after(isSlow ? 400 + value.forMs : value.forMs, () => go(null));
        else this.await(value.until, go);
      } catch (thrown) {
        ended(failed(thrown));
      }
    };
    if (isSlow) machine.after(300, () => go(null));
    else go(null);
  }

  private await(
    question: Parameters<typeof missingFor>[1],
    go: (missing: string | null) => void,
  ): void {
    const { boot } = this.machine;
    this.machine.around.wait(
      () => missingFor(this.machine, question),
      question.timeoutMs,
      (missing) => {
        if (this.machine.isUp && this.machine.boot === boot) go(missing);
      },
    );
  }

  private finish(step: Step, ended: Ended): void {
    if (step.start !== null) return;
    step.start = 'void';
    step.receipt = ended;
  }

  private step(id: ChangeId): Step {
    const step = this.#steps.get(id);
    if (step === undefined) throw new Error(`${id} was never claimed`);
    return step;
  }

  private claim(id: ChangeId, epoch: number): Step {
    const nothing = { intentBoot: null, wrapper: null, start: null, receipt: null };
    const step: Step = { epoch, ...nothing, isRunning: false };
    this.#steps.set(id, step);
    return step;
  }
}
