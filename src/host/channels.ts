import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { ok, type Result } from '../core/result.js';
import { Channel, type Part } from './channel.js';
import type { HostFacts } from './facts.js';
import { Heartbeat } from './heartbeat.js';
import { RUNNER } from './stage-zero.js';
import type { Transport } from './transport.js';

export interface Place {
  readonly host: HostName;
  /** It starts programs as the user that the session is for. */
  readonly transport: Transport;
  /** Where locks and receipts lie on this machine; receipts of one who may not write there go to his home. */
  readonly stateDir: string;
}

/** One channel for all that is asked in turn, and one aside, for what must not wait behind a step. */
export class Channels {
  readonly heartbeat = new Heartbeat();
  #aside: Channel | null = null;

  private constructor(
    private readonly place: Place,
    private main: Channel,
  ) {}

  static async open(place: Place): Promise<Result<Channels, Failure>> {
    const main = await openChannel(place);
    return main.ok ? ok(new Channels(place, main.value)) : main;
  }

  get facts(): HostFacts {
    return this.main.facts;
  }

  /** A channel that died by itself is opened again; what was on its way is the caller's to settle. */
  async request(
    script: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Result<readonly Part[], Failure>> {
    if (this.main.isDead && !this.place.transport.lost.aborted) {
      const opened = await openChannel(this.place);
      if (!opened.ok) return opened;
      this.main = opened.value;
    }
    return this.main.request(`${this.heartbeat.due()}${script}`, signal, timeoutMs);
  }

  async requestAside(
    script: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Result<readonly Part[], Failure>> {
    if (this.#aside === null || this.#aside.isDead) {
      const opened = await openChannel(this.place);
      if (!opened.ok) return opened;
      this.#aside = opened.value;
    }
    return this.#aside.request(`${this.heartbeat.due()}${script}`, signal, timeoutMs);
  }

  close(): void {
    this.main.close();
    this.#aside?.close();
  }
}

async function openChannel(place: Place): Promise<Result<Channel, Failure>> {
  const pipe = await place.transport.open(RUNNER);
  return pipe.ok ? Channel.start(place.host, pipe.value, place.stateDir) : pipe;
}
