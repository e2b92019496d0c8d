const linesMax = 20;

/** The last lines of what programs print in one task, and how many came before them. */
export class LastLines {
  #lines: readonly string[] = [];
  #left = 0;

  add(more: readonly string[]): void {
    const all = [...this.#lines, ...more];
    this.#lines = all.slice(-linesMax);
    this.#left += all.length - this.#lines.length;
  }

  get lines(): readonly string[] {
    return this.#left === 0 ? this.#lines : [`    … (${this.#left} lines before)`, ...this.#lines];
  }
}
