import { setTimeout as delay } from 'node:timers/promises';
import type { SshServer } from '../../core/connection.js';
import type { Failure } from '../../core/failure.js';
import { err, type Result } from '../../core/result.js';
import { Slots } from '../slots.js';
import { stopped } from './failures.js';
import { type Leg, placeOf } from './leg.js';
import type { Trouble } from './trouble.js';

/**
 * sshd's MaxStartups is 10:30:100 unless somebody said otherwise: from ten logins under way on, it closes
 * new connections at random. We stay well below, since others log in too.
 */
const loginsAtOncePerServer = 4;
/** All handshakes are worked on in this one process; more at once would only wait for each other. */
const loginsAtOnce = 16;
const droppedMsMax = 15_000;
const closedMsMax = 2_000;
const firstWaitMs = 200;
const waitMsMax = 2_000;

/** How servers are knocked at: not too many at once, again when they were busy, never after a refusal. */
export class Doors {
  readonly #all = new Slots(loginsAtOnce);
  readonly #slots = new Map<string, Slots>();
  readonly #refused = new Map<string, Failure>();

  async enter<T>(
    leg: Leg,
    signal: AbortSignal,
    knock: () => Promise<Result<T, Trouble>>,
  ): Promise<Result<T, Failure>> {
    const place = placeOf(leg.server);
    const startedMs = Date.now();
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, waitMsMax)) {
      const refused = this.#refused.get(place);
      if (refused !== undefined) return err({ ...refused, host: leg.host });
      const entered = await this.inTurn(leg, signal, knock);
      if (entered.ok) return entered;
      const { failure, again } = entered.error;
      if (failure.kind === 'login-refused') this.#refused.set(place, failure);
      const leftMs = startedMs + limitOf(again) - Date.now() - waitMs;
      if (again === 'no' || leftMs < 0) return err(failure);
      // Not all of those that were dropped together come back together.
      const jitteredMs = waitMs * (0.5 + Math.random());
      await delay(jitteredMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async inTurn<T>(
    leg: Leg,
    signal: AbortSignal,
    knock: () => Promise<Result<T, Trouble>>,
  ): Promise<Result<T, Trouble>> {
    const leaveServer = await this.slotsOf(leg.server).take(signal);
    const leaveAll = leaveServer === null ? null : await this.#all.take(signal);
    try {
      return leaveAll === null ? err({ failure: stopped(leg), again: 'no' }) : await knock();
    } finally {
      leaveAll?.();
      leaveServer?.();
    }
  }

  private slotsOf({ address, port }: SshServer): Slots {
    const key = `${address} ${port}`;
    const slots = this.#slots.get(key) ?? new Slots(loginsAtOncePerServer);
    this.#slots.set(key, slots);
    return slots;
  }
}

function limitOf(again: Trouble['again']): number {
  return again === 'closed' ? closedMsMax : droppedMsMax;
}
