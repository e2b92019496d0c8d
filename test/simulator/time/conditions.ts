import type { VirtualTime } from './virtual-time.js';

interface Waiter {
  /** Null when it has come true, else what is seen instead. */
  readonly missing: () => string | null;
  readonly done: (missing: string | null, waitedMs: number) => void;
  readonly beganMs: number;
}

/** What polls in reality, here told of every change: a wait of minutes costs nothing. */
export class Conditions {
  readonly #waiting = new Set<Waiter>();
  #isLooking = false;

  constructor(private readonly time: VirtualTime) {}

  /** Gives what stops the waiting. */
  wait(missing: Waiter['missing'], timeoutMs: number, done: Waiter['done']): () => void {
    const waiter: Waiter = { missing, done, beganMs: this.time.nowMs };
    this.#waiting.add(waiter);
    this.changed();
    if (this.#waiting.has(waiter)) {
      this.time.after(timeoutMs, () => {
        if (this.#waiting.delete(waiter)) done(missing(), timeoutMs);
      });
    }
    return () => this.#waiting.delete(waiter);
  }

  /** One look for all changes of a moment. */
  changed(): void {
    if (this.#isLooking || this.#waiting.size === 0) return;
    this.#isLooking = true;
    this.time.after(1, () => {
      this.#isLooking = false;
      for (const waiter of [...this.#waiting]) {
        if (waiter.missing() !== null || !this.#waiting.delete(waiter)) continue;
        waiter.done(null, this.time.nowMs - waiter.beganMs);
      }
    });
  }
}
