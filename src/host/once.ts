import type { Failure } from '../core/failure.js';
import type { Result } from '../core/result.js';

interface Losable {
  readonly lost: AbortSignal;
}

/** What is opened once for all who need it, by key; opened again when it failed or was lost. */
export class Once<T extends Losable> {
  readonly #attempts = new Map<string, Promise<Result<T, Failure>>>();

  async get(key: string, open: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    const attempt = this.#attempts.get(key) ?? open();
    this.#attempts.set(key, attempt);
    const opened = await attempt;
    const forget = (): void => {
      if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
    };
    if (opened.ok) opened.value.lost.addEventListener('abort', forget, { once: true });
    else forget();
    return opened;
  }

  /** Gives everything that is open and forgets it. */
  async takeAll(): Promise<readonly T[]> {
    const opened = await Promise.all(this.#attempts.values());
    this.#attempts.clear();
    return opened.flatMap((one) => (one.ok ? [one.value] : []));
  }
}
