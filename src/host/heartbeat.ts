import type { RunId } from '../core/names.js';
import { lockScripts } from './lock-scripts.js';

const betweenMs = 3_000;

/** Which lock a session holds, and when its host has to be told that the holder is there. */
export class Heartbeat {
  #held: { readonly base: string; readonly run: RunId; readonly epoch: number } | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;

  holds(base: string, run: RunId, epoch: number): void {
    this.#held = { base, run, epoch };
  }

  gaveBack(): void {
    this.#held = null;
  }

  /** Null when this session does not know of having it. */
  epochOf(base: string, run: RunId): number | null {
    const held = this.#held;
    return held?.base === base && held.run === run ? held.epoch : null;
  }

  /** What to put in front of the next request; nothing when the last beat is fresh. */
  due(): string {
    const nowMs = performance.now();
    if (this.#held === null || nowMs - this.#lastMs < betweenMs) return '';
    this.#lastMs = nowMs;
    return lockScripts.beat(this.#held.base, this.#held.run);
  }
}
