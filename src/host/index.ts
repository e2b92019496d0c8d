import type { Connection } from '../core/connection.js';
import { type Failure, failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Hosts, Session } from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import type { Secret } from '../core/secret.js';
import { localTransport } from './local.js';
import { OpensshNetwork } from './openssh/network.js';
import { HostSession } from './session.js';
import { SshNetwork } from './ssh/network.js';
import { becoming } from './sudo/become.js';
import { PasswordGate } from './sudo/password-gate.js';
import type { Transport } from './transport.js';

export { lockedKeys, opensKey } from './ssh/locked-keys.js';
export { SshNetwork } from './ssh/network.js';

export interface HostsOptions {
  /** Where receipts of changes on this machine lie; null when there will be none (a dry run). */
  readonly controllerStateDir: string | null;
  readonly connectTimeoutMs: number;
  /** What opens encrypted private keys, by file. */
  readonly passphrases?: ReadonlyMap<string, Secret>;
  /** Told before anything is changed anywhere: from then on a defect is not harmless. */
  readonly onChange?: () => void;
}

/** On every host, root's: locks, epochs and receipts. */
const HOST_STATE_DIR = '/var/lib/runback';

interface OpenHost {
  readonly session: HostSession;
  readonly becomesRoot: boolean;
}

export function makeHosts(
  connections: ReadonlyMap<HostName, Connection>,
  options: HostsOptions,
): Hosts {
  return new OpenHosts(connections, options);
}

/** Sessions by host, opened when they are first needed and again when a connection was lost. */
class OpenHosts implements Hosts {
  readonly #open = new Map<HostName, OpenHost>();
  readonly #rootOn = new Set<HostName>();
  readonly #opening = new Map<HostName, Promise<unknown>>();
  readonly #gates = new Map<string, PasswordGate>();
  readonly #network: SshNetwork;
  readonly #openssh: OpensshNetwork;

  constructor(
    private readonly connections: ReadonlyMap<HostName, Connection>,
    private readonly options: HostsOptions,
  ) {
    this.#network = new SshNetwork(options.connectTimeoutMs, options.passphrases ?? new Map());
    this.#openssh = new OpensshNetwork(options.connectTimeoutMs);
  }

  /** One after the other for each host: whoever comes second finds what the first has opened. */
  connect(host: HostName, become: boolean, signal: AbortSignal): Promise<Result<Session, Failure>> {
    const before = this.#opening.get(host) ?? Promise.resolve();
    const opening = before.then(() => this.reach(host, become, signal));
    this.#opening.set(
      host,
      opening.catch(() => undefined),
    );
    return opening;
  }

  private async reach(
    host: HostName,
    become: boolean,
    signal: AbortSignal,
  ): Promise<Result<Session, Failure>> {
    const known = this.#open.get(host);
    const isGood = known !== undefined && !known.session.lost.aborted;
    if (isGood && (known.becomesRoot || !become)) return ok(known.session);
    known?.session.close();
    this.#open.delete(host);
    // What was done as root, its receipts too, is only found again as root.
    if (become) this.#rootOn.add(host);
    const becomesRoot = this.#rootOn.has(host);
    const session = await this.openSession(host, becomesRoot, signal);
    if (session.ok) this.#open.set(host, { session: session.value, becomesRoot });
    return session;
  }

  close(host: HostName): void {
    this.#open.get(host)?.session.close();
    this.#open.delete(host);
  }

  async closeAll(): Promise<void> {
    for (const { session } of this.#open.values()) session.close();
    this.#open.clear();
    await Promise.all([this.#network.close(), this.#openssh.close()]);
  }

  private async openSession(
    host: HostName,
    become: boolean,
    signal: AbortSignal,
  ): Promise<Result<HostSession, Failure>> {
    const { controllerStateDir, onChange } = this.options;
    const told = onChange === undefined ? {} : { onChange };
    if (host === CONTROLLER) {
      const stateDir = controllerStateDir ?? '/nonexistent';
      return HostSession.open({ host, transport: localTransport(), stateDir, ...told });
    }
    const connection = this.connections.get(host);
    if (connection === undefined) return err(noConnection(host));
    const reached = await this.transportTo(connection, signal);
    if (!reached.ok) return reached;
    const transport = become ? this.asBecomeUser(reached.value, connection) : reached.value;
    const session = await HostSession.open({ host, transport, stateDir: HOST_STATE_DIR, ...told });
    if (!session.ok) reached.value.close();
    return session;
  }

  private async transportTo(
    connection: Connection,
    signal: AbortSignal,
  ): Promise<Result<Transport, Failure>> {
    if (connection.kind === 'local') return ok(localTransport());
    const isOpenssh = connection.kind === 'openssh' || this.#network.needsCertificate(connection);
    return (isOpenssh ? this.#openssh : this.#network).transportTo(connection, signal);
  }

  private asBecomeUser(transport: Transport, connection: Connection): Transport {
    const { host, user, becomeUser, becomePassword: secret } = connection;
    if (user === becomeUser) return transport;
    const password = secret === null ? null : { secret, gate: this.gateOf(user, secret) };
    return becoming(transport, { host, user: becomeUser, password });
  }

  /** The same login with the same password is one thing, on however many hosts it is used. */
  private gateOf(user: string, secret: Secret): PasswordGate {
    const key = `${user}\n${secret.reveal()}`;
    const gate = this.#gates.get(key) ?? new PasswordGate();
    this.#gates.set(key, gate);
    return gate;
  }
}

function noConnection(host: HostName): Failure {
  const next = 'give the inventory that names it with -i';
  return failure('unreachable', 'no-connection', `nothing says how to reach ${host}`, next, {
    host,
  });
}
