interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** When every story begins; any moment will do, as long as it is always the same. */
const BEGIN_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A clock that stands still while anybody works, and jumps to whatever is due next. */
export class VirtualTime {
  nowMs = BEGIN_MS;
  /** A binary heap, the earliest first. */
  readonly #heap: Waiting[] = [];
  #order = 0;

  after(delayMs: number, fire: () => void): void {
    const waiting = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#heap.push(waiting);
    this.siftUp(this.#heap.length - 1);
  }

  /**
   * Lets things happen until `isOver`, or until the time is up. Between two moments every promise that
   * can go on does. False: nothing was left to happen, or time was up.
   */
  async runUntil(isOver: () => boolean, withinMs: number): Promise<boolean> {
    const lastMs = this.nowMs + withinMs;
    await everyPromise();
    while (!isOver()) {
      const [next] = this.#heap;
      if (next === undefined || next.atMs > lastMs) {
        this.nowMs = Math.max(this.nowMs, next === undefined ? this.nowMs : lastMs);
        return false;
      }
      this.nowMs = next.atMs;
      this.pop().fire();
      await everyPromise();
    }
    return true;
  }

  async pass(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    await this.runUntil(() => false, durationMs);
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  private pop(): Waiting {
    const heap = this.#heap;
    const first = heap[0] as Waiting;
    const last = heap.pop() as Waiting;
    if (heap.length > 0) {
      heap[0] = last;
      this.siftDown();
    }
    return first;
  }

  private siftUp(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at] as Waiting, heap[parent] as Waiting)) return;
      swap(heap, at, parent);
      at = parent;
    }
  }

  private siftDown(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const one = heap[child];
        if (one !== undefined && isBefore(one, heap[least] as Waiting)) least = child;
      }
      if (least === at) return;
      swap(heap, at, least);
      at = least;
    }
  }
}

function isBefore(one: Waiting, other: Waiting): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

function swap(heap: Waiting[], one: number, other: number): void {
  const kept = heap[one] as Waiting;
  heap[one] = heap[other] as Waiting;
  heap[other] = kept;
}

/** Resolves behind every promise that can go on now: there is no real I/O that could still come. */
function everyPromise(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
