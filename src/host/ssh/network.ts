import type { Client } from 'ssh2';
import type { Argv } from '../../core/argv.js';
import type { Connection, SshServer } from '../../core/connection.js';
import type { Failure } from '../../core/failure.js';
import type { HostKeys, OfferedKey, ServerKeys } from '../../core/host-keys.js';
import { err, ok, type Result } from '../../core/result.js';
import type { Secret } from '../../core/secret.js';
import { Once } from '../once.js';
import type { Transport } from '../transport.js';
import { type Login, logIn } from './client.js';
import { Doors } from './doors.js';
import { forwardTo } from './forward.js';
import { KnownHosts } from './known-hosts-files.js';
import { type Leg, legsOf } from './leg.js';
import { KeyRing } from './offers.js';
import { openPipe } from './pipe.js';
import { remember } from './remember.js';
import { compared, KEY_KINDS, seeKey } from './scan.js';
import type { Trouble } from './trouble.js';

/** A server that was entered, and what fires when the connection is gone. */
interface Entered {
  readonly client: Client;
  readonly lost: AbortSignal;
}

/** All connections of one run: each bastion is entered once, for all hosts behind it. */
export class SshNetwork implements HostKeys {
  readonly #doors = new Doors();
  readonly #known = new KnownHosts();
  readonly #keys: KeyRing;
  readonly #bastions = new Once<Entered>();

  constructor(
    private readonly loginTimeoutMs: number,
    passphrases: ReadonlyMap<string, Secret>,
  ) {
    this.#keys = new KeyRing(passphrases);
  }

  async transportTo(
    connection: Connection,
    signal: AbortSignal,
  ): Promise<Result<Transport, Failure>> {
    const legs = legsOf(connection);
    const last = legs.at(-1) as Leg;
    const before = await this.bastion(legs.slice(0, -1), signal);
    if (before !== null && !before.ok) return before;
    const entered = await this.enter(last, before?.value.client ?? null, signal);
    if (!entered.ok) return entered;
    const { client, lost } = entered.value;
    const open = (argv: Argv) => openPipe(client, last, argv);
    return ok({ open, lost, close: () => client.end() });
  }

  /** True where only an authority vouches for a server on the way: ssh2 reads no certificates. */
  needsCertificate(connection: Connection): boolean {
    return legsOf(connection).some(({ server }) => this.#known.needsCertificate(server));
  }

  async offered(
    connection: Connection,
    bastionsBefore: number,
    signal: AbortSignal,
  ): Promise<Result<ServerKeys, Failure>> {
    const legs = legsOf(connection);
    const leg = legs[bastionsBefore] as Leg;
    const before = await this.bastion(legs.slice(0, bastionsBefore), signal);
    if (before !== null && !before.ok) return before;
    const keys: Buffer[] = [];
    for (const kind of KEY_KINDS) {
      const key = await this.#doors.enter(leg, signal, async () => {
        const client = before?.value.client ?? null;
        const through = await forwardTo(leg, client, this.loginTimeoutMs, signal);
        if (!through.ok) return through;
        return seeKey(leg, kind, through.value, this.loginTimeoutMs, signal);
      });
      if (!key.ok) return key;
      if (key.value !== null) keys.push(key.value);
    }
    return ok(compared(leg.server, keys, this.#known));
  }

  remember(server: SshServer, keys: readonly OfferedKey[]): Result<string, Failure> {
    const written = remember(server, keys);
    this.#known.forget();
    return written;
  }

  /** Ends the bastions; whoever still is behind one of them loses the connection. */
  async close(): Promise<void> {
    for (const { client } of await this.#bastions.takeAll()) client.end();
  }

  /** The last of some bastions, entered through those before it; null when there is none. */
  private async bastion(
    legs: readonly Leg[],
    signal: AbortSignal,
  ): Promise<Result<Entered, Failure> | null> {
    const last = legs.at(-1);
    if (last === undefined) return null;
    const key = JSON.stringify([...last.via, last.server].map(placeAndKeys));
    const entered = await this.#bastions.get(key, async () => {
      const before = await this.bastion(legs.slice(0, -1), signal);
      if (before !== null && !before.ok) return before;
      return this.enter(last, before?.value.client ?? null, signal);
    });
    return entered.ok ? entered : err({ ...entered.error, host: last.host });
  }

  private async enter(
    leg: Leg,
    before: Client | null,
    signal: AbortSignal,
  ): Promise<Result<Entered, Failure>> {
    const offers = await this.#keys.offersFor(leg);
    if (!offers.ok) return offers;
    const login = { known: this.#known, offers: offers.value, timeoutMs: this.loginTimeoutMs };
    const client = await this.#doors.enter(leg, signal, () => knock(leg, login, before, signal));
    if (!client.ok) return client;
    const lost = new AbortController();
    client.value.setNoDelay(true);
    client.value.on('error', () => lost.abort());
    client.value.once('close', () => lost.abort());
    return ok({ client: client.value, lost: lost.signal });
  }
}

async function knock(
  leg: Leg,
  login: Omit<Login, 'through'>,
  before: Client | null,
  signal: AbortSignal,
): Promise<Result<Client, Trouble>> {
  const through = await forwardTo(leg, before, login.timeoutMs, signal);
  return through.ok ? logIn(leg, { ...login, through: through.value }, signal) : through;
}

/** Two ways through one server with different keys are two logins. */
function placeAndKeys({ address, port, user, identityFiles, agentSocket }: SshServer) {
  return [address, port, user, identityFiles, agentSocket];
}
