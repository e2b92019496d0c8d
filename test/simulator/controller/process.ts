import type { Random } from '../time/random.js';
import type { Trace } from '../time/trace.js';
import type { VirtualTime } from '../time/virtual-time.js';

/** Where a process is to be killed: before or after its n-th effect. */
export interface KillPoint {
  readonly effect: number;
  readonly edge: 'before' | 'after';
}

/**
 * One run of the program on the controller. Whatever it does to the world goes through `effect`, so that
 * each of them can be counted, and the process killed before or after any. A dead process's promises
 * never come true; a paused one's wait until it is woken.
 */
export class ControllerProcess {
  isAlive = true;
  effects = 0;
  isPaused = false;
  readonly #backlog: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly time: VirtualTime,
    readonly random: Random,
    private readonly trace: Trace,
    private readonly killPoint: KillPoint | null,
    /** Told of every effect before it happens; may kill. */
    private readonly onEffect: (process: ControllerProcess, label: string) => void,
  ) {}

  effect(label: string, work: () => void): void {
    if (!this.isAlive) return;
    if (this.isPaused) {
      this.#backlog.push(() => this.effect(label, work));
      return;
    }
    this.effects += 1;
    this.onEffect(this, label);
    const isHere = this.killPoint?.effect === this.effects;
    if (isHere && this.killPoint?.edge === 'before') this.kill(`before ${label}`);
    if (!this.isAlive) return;
    this.trace.add(this.name, label);
    work();
    if (isHere) this.kill(`after ${label}`);
  }

  kill(where: string): void {
    if (!this.isAlive) return;
    this.trace.add(this.name, `KILLED ${where}`);
    this.isAlive = false;
  }

  pause(): void {
    this.trace.add(this.name, 'is paused');
    this.isPaused = true;
  }

  wake(): void {
    this.trace.add(this.name, 'wakes up');
    this.isPaused = false;
    for (const work of this.#backlog.splice(0)) work();
  }

  /** What a dead process waits for; null for a living one. */
  never(): Promise<never> | null {
    return this.isAlive ? null : new Promise(() => {});
  }
}
