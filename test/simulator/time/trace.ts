import type { VirtualTime } from './virtual-time.js';

/** What happened, line by line, for whoever reads a failure. Kept only when somebody will read it. */
export class Trace {
  readonly lines: string[] = [];
  #beganMs: number;

  constructor(
    private readonly time: VirtualTime,
    private readonly isKept: boolean,
  ) {
    this.#beganMs = time.nowMs;
  }

  add(who: string, what: string | (() => string)): void {
    if (!this.isKept) return;
    const text = typeof what === 'string' ? what : what();
    const seconds = ((this.time.nowMs - this.#beganMs) / 1_000).toFixed(3).padStart(9);
    this.lines.push(`${seconds} ${who.padEnd(10)} ${text}`);
  }
}
