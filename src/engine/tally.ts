import type { Counts } from '../core/event.js';
import type { StepOutcome } from '../core/outcome.js';

/** Counts how steps ended. */
export class Tally {
  readonly #counts: { [outcome in StepOutcome]?: number } = {};

  add(outcome: StepOutcome): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
  }

  of(outcome: StepOutcome): number {
    return this.#counts[outcome] ?? 0;
  }

  counts(): Counts {
    return { ...this.#counts };
  }
}
