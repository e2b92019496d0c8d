import { type Failure, failure } from '../../core/failure.js';
import type { HostName } from '../../core/names.js';
import { err, type Result } from '../../core/result.js';

/**
 * One password on its way to many hosts. It is tried on one host alone until it was right somewhere, and
 * nowhere any more once it was wrong: an account that all hosts share would be locked by three tries.
 */
export class PasswordGate {
  #wasRight = false;
  #refused: Failure | null = null;
  #last: Promise<unknown> = Promise.resolve();

  async enter<T>(
    host: HostName,
    attempt: () => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    if (this.#wasRight) return this.tried(host, attempt);
    const turn = this.#last.then(() => this.tried(host, attempt));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  private async tried<T>(
    host: HostName,
    attempt: () => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    if (this.#refused !== null) return err(notTried(host, this.#refused));
    const entered = await attempt();
    if (entered.ok) this.#wasRight = true;
    else if (entered.error.code === WRONG_PASSWORD) this.#refused = entered.error;
    return entered;
  }
}

export const WRONG_PASSWORD = 'sudo-password';

function notTried(host: HostName, refused: Failure): Failure {
  const message = `${host}: the sudo password was not tried, since ${refused.host} refused it`;
  return failure('sudo-refused', 'sudo-not-tried', message, refused.next, { host });
}
