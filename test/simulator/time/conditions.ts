import type { VirtualTime } from './virtual-time.js';

interface Waiter {
  /** Null when it has come true, else what is seen instead. */
  readonly missing: () => string | null;
  readonly done: (missing: string | null, waitedMs: number) => void;
  readonly beganMs: number;
  /** For how long on end it must be so, and since when it is. */
  readonly quietMs: number;
  quietSinceMs: number | null;
}

/** What polls in reality, here told of every change: a wait of minutes costs nothing. */
export class Conditions {
  readonly #waiting = new Set<Waiter>();
  #isLooking = false;

  constructor(private readonly time: VirtualTime) {}

  /** Gives what stops the waiting. */
  wait(
    missing: Waiter['missing'],
    timeoutMs: number,
    done: Waiter['done'],
    quietMs = 0,
  ): () => void {
    const beganMs = this.time.nowMs;
    const waiter: Waiter = { missing, done, beganMs, quietMs, quietSinceMs: null };
    this.#waiting.add(waiter);
    this.changed();
    if (this.#waiting.has(waiter)) {
      this.time.after(timeoutMs, () => {
        if (this.#waiting.delete(waiter)) done(missing() ?? 'only for a moment', timeoutMs);
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
        if (!this.holds(waiter) || !this.#waiting.delete(waiter)) continue;
        waiter.done(null, this.time.nowMs - waiter.beganMs);
      }
    });
  }

  private holds(waiter: Waiter): boolean {
    if (waiter.missing() !== null) {
      waiter.quietSinceMs = null;
      return false;
    }
    const { nowMs } = this.time;
    if (waiter.quietSinceMs === null) {
      waiter.quietSinceMs = nowMs;
      if (waiter.quietMs > 0) this.time.after(waiter.quietMs, () => this.changed());
    }
    return nowMs - waiter.quietSinceMs >= waiter.quietMs;
  }
}
