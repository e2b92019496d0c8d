import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { err, ok, type Result } from '../../core/result.js';
import { forwardTrouble, stopped, unreachable } from './failures.js';
import type { Leg } from './leg.js';
import type { Trouble } from './trouble.js';

/**
 * A stream from the bastion before a server to the server; null when there is no bastion. Bounded here: a
 * bastion itself waits two minutes for a host that does not answer.
 */
export function forwardTo(
  leg: Leg,
  before: Client | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result<Duplex | null, Trouble>> {
  if (before === null) return Promise.resolve(ok(null));
  const { address, port } = leg.server;
  return new Promise((resolve) => {
    let isSettled = false;
    const settle = (result: Result<Duplex, Trouble>): void => {
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = (): void => settle(err({ failure: stopped(leg), again: 'no' }));
    const onTimeout = (): void => {
      settle(err({ failure: unreachable(leg, 'it does not answer in time'), again: 'no' }));
    };
    const timer = setTimeout(onTimeout, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      before.forwardOut('127.0.0.1', 0, address, port, (thrown, stream) => {
        if (isSettled) stream?.destroy();
        else settle(thrown === undefined ? ok(stream) : err(forwardTrouble(leg, thrown)));
      });
    } catch (thrown) {
      settle(err(forwardTrouble(leg, thrown as Error)));
    }
  });
}
