import { type Failure, failure } from '../../../src/core/failure.js';
import type { HostName } from '../../../src/core/names.js';
import { err, ok, type Result } from '../../../src/core/result.js';
import type { Machine } from '../host/machine.js';
import type { ControllerProcess } from './process.js';

/** What becomes of one request on its way. */
export interface Fate {
  /** Never arrives, and the connection is cut. */
  readonly isLost?: boolean;
  /** Takes effect, and the connection is cut before the answer. */
  readonly isAnswerLost?: boolean;
  readonly isDuplicated?: boolean;
  readonly delayMs?: number;
}

export type RequestKind = 'connect' | 'ask' | 'change' | 'settle' | 'lock' | 'transfer';

/** Decides the fate of each request; the story's faults come in here. */
export type Fates = (host: string, kind: RequestKind, process: ControllerProcess) => Fate;

/** A connection that goes silent is given up by ssh's keep-alive. */
const SILENT_MS = 15_000;

/** One connection from a controller's process to a machine. When it is cut, what was under way stays so. */
export class Link {
  readonly #lost = new AbortController();
  readonly #underWay = new Set<(cause: Failure) => void>();
  readonly lost = this.#lost.signal;

  constructor(
    readonly machine: Machine,
    private readonly process: ControllerProcess,
    private readonly fates: Fates,
  ) {
    machine.onPowerLoss.add(() => this.goSilent());
  }

  /** The work at the other end is called once, and may answer later; twice when it was duplicated. */
  request<T>(
    kind: RequestKind,
    label: string,
    signal: AbortSignal,
    work: (answer: (value: T) => void) => void,
  ): Promise<Result<T, Failure>> {
    const { machine, process } = this;
    if (this.lost.aborted) return process.never() ?? Promise.resolve(err(gone(machine)));
    if (signal.aborted) return process.never() ?? Promise.resolve(err(interrupted(machine)));
    return new Promise((resolve) => {
      const fate = this.fates(machine.name, kind, process);
      process.effect(`send ${kind} to ${machine.name}: ${label}`, () => {
        const give = this.onceGiven<T>(signal, resolve, label);
        const latencyMs = this.latencyMs() + (fate.delayMs ?? 0);
        if (fate.isLost === true) return this.cut();
        process.time.after(latencyMs, () => this.arrive(fate, give, work));
        if (fate.isDuplicated !== true) return;
        process.time.after(latencyMs + 7, () => this.arrive({}, () => {}, work));
      });
    });
  }

  cut(): void {
    this.process.time.after(1, () => this.fail(gone(this.machine)));
  }

  private arrive<T>(
    fate: Fate,
    give: (value: T) => void,
    work: (answer: (value: T) => void) => void,
  ) {
    const { machine, process } = this;
    if (!machine.isUp || machine.isCutOff || this.lost.aborted) return this.goSilent();
    const { boot } = machine;
    work((value) => {
      if (fate.isAnswerLost === true) return this.cut();
      if (!machine.isUp || machine.boot !== boot) return;
      process.time.after(this.latencyMs(), () => (this.isOpen() ? give(value) : this.goSilent()));
    });
  }

  /** Settles the promise once: by the answer, by the connection's end, or by the signal. */
  private onceGiven<T>(
    signal: AbortSignal,
    resolve: (result: Result<T, Failure>) => void,
    label: string,
  ): (value: T) => void {
    let isGiven = false;
    const once = (result: Result<T, Failure>): void => {
      if (isGiven) return;
      isGiven = true;
      this.#underWay.delete(fail);
      signal.removeEventListener('abort', abort);
      const said = result.ok ? '' : `: ${result.error.code}`;
      this.process.effect(`receive from ${this.machine.name}: ${label}${said}`, () =>
        resolve(result),
      );
    };
    const fail = (cause: Failure): void => once(err(cause));
    const abort = (): void => this.fail(interrupted(this.machine));
    this.#underWay.add(fail);
    signal.addEventListener('abort', abort, { once: true });
    return (value) => once(ok(value));
  }

  isOpen(): boolean {
    const { machine, process } = this;
    return process.isAlive && machine.isUp && !machine.isCutOff && !this.lost.aborted;
  }

  private goSilent(): void {
    this.process.time.after(SILENT_MS, () => this.fail(gone(this.machine)));
  }

  private fail(cause: Failure): void {
    this.#lost.abort();
    for (const one of [...this.#underWay]) one(cause);
  }

  private latencyMs(): number {
    return this.machine.name === 'controller' ? 0 : this.process.random.between(1, 4);
  }
}

export function gone(machine: Machine): Failure {
  const host = machine.name as HostName;
  return failure('unreachable', 'connection-lost', `${host} is gone`, 'bring it back', { host });
}

function interrupted(machine: Machine): Failure {
  const host = machine.name as HostName;
  return failure('interrupted', 'interrupted', 'stopped while waiting', 'roll back', { host });
}
