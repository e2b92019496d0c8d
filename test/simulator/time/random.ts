/**
 * A small generator of its own (sfc32), so that one seed gives the same story on every machine and in
 * every version of Node. Streams that are forked by name do not disturb each other: a fault that asks for
 * one number more does not move every delay behind it.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(private readonly seed: string) {
    const word = hashOf(seed);
    this.#a = word;
    this.#b = Math.imul(word ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    this.#c = Math.imul(word ^ 0xc2b2ae35, 0x27d4eb2f) >>> 0;
    for (let round = 0; round < 12; round++) this.word();
  }

  fork(name: string): Random {
    return new Random(`${this.seed}/${name}`);
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + (this.word() % (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.word() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.word() % items.length];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  private word(): number {
    const sum = (this.#a + this.#b + this.#counter++) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
