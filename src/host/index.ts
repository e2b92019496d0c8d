import type { Connection } from '../core/connection.js';
import { type Failure, failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Hosts, Session } from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import type { Secret } from '../core/secret.js';
import { localTransport } from './local.js';
import { HostSession } from './session.js';
import { sshTransport } from './ssh/connect.js';
import { becoming } from './sudo/become.js';
import { PasswordGate } from './sudo/password-gate.js';
import type { Transport } from './transport.js';

export interface HostsOptions {
  /** Where receipts of changes on this machine lie; null when there will be none (a dry run). */
  readonly controllerStateDir: string | null;
  readonly connectTimeoutMs: number;
  /** Told before anything is changed anywhere: from then on a defect is not harmless. */
  readonly onChange?: () => void;
}

/** On every host, root's: locks, epochs and receipts. */
const HOST_STATE_DIR = '/var/lib/runback';

type Gates = Map<string, PasswordGate>;

interface OpenHost {
  readonly session: HostSession;
  readonly becomesRoot: boolean;
}

/** Sessions by host, opened when they are first needed and again when a connection was lost. */
export function makeHosts(
  connections: ReadonlyMap<HostName, Connection>,
  options: HostsOptions,
): Hosts {
  const open = new Map<HostName, OpenHost>();
  const gates: Gates = new Map();
  return {
    connect: async (host, become, signal): Promise<Result<Session, Failure>> => {
      const known = open.get(host);
      const isGood = known !== undefined && !known.session.lost.aborted;
      if (isGood && (known.becomesRoot || !become)) return ok(known.session);
      known?.session.close();
      open.delete(host);
      const session = await openSession(host, become, connections, options, gates, signal);
      if (session.ok) open.set(host, { session: session.value, becomesRoot: become });
      return session;
    },
    closeAll: async () => {
      for (const { session } of open.values()) session.close();
      open.clear();
    },
  };
}

async function openSession(
  host: HostName,
  become: boolean,
  connections: ReadonlyMap<HostName, Connection>,
  options: HostsOptions,
  gates: Gates,
  signal: AbortSignal,
): Promise<Result<HostSession, Failure>> {
  if (host === CONTROLLER) {
    const stateDir = options.controllerStateDir ?? '/nonexistent';
    const transport = localTransport();
    return HostSession.open({ host, transport, stateDir, ...told(options) });
  }
  const connection = connections.get(host);
  if (connection === undefined) return err(noConnection(host));
  const transport = await transportTo(connection, options, signal);
  if (!transport.ok) return transport;
  const session = await HostSession.open({
    host,
    transport: become ? asBecomeUser(transport.value, connection, gates) : transport.value,
    stateDir: HOST_STATE_DIR,
    ...told(options),
  });
  if (!session.ok) transport.value.close();
  return session;
}

function told({ onChange }: HostsOptions): Pick<HostsOptions, 'onChange'> {
  return onChange === undefined ? {} : { onChange };
}

async function transportTo(
  connection: Connection,
  options: HostsOptions,
  signal: AbortSignal,
): Promise<Result<Transport, Failure>> {
  if (connection.kind === 'local') return ok(localTransport());
  if (connection.kind === 'openssh' || connection.jumps.length > 0) return err(notYet(connection));
  return sshTransport(connection, options.connectTimeoutMs, signal);
}

function asBecomeUser(transport: Transport, connection: Connection, gates: Gates): Transport {
  const { host, user, becomeUser, becomePassword: secret } = connection;
  if (user === becomeUser) return transport;
  const password = secret === null ? null : { secret, gate: gateOf(gates, user, secret) };
  return becoming(transport, { host, user: becomeUser, password });
}

/** The same login with the same password is one thing, on however many hosts it is used. */
function gateOf(gates: Gates, user: string, secret: Secret): PasswordGate {
  const key = `${user}\n${secret.reveal()}`;
  const gate = gates.get(key) ?? new PasswordGate();
  gates.set(key, gate);
  return gate;
}

function notYet({ host }: Connection): Failure {
  const message = `${host} is behind a bastion or wants OpenSSH, and this version does neither`;
  return failure('refused', 'no-such-way', message, 'run it on the bastion', { host });
}

function noConnection(host: HostName): Failure {
  const next = 'give the inventory that names it with -i';
  return failure('unreachable', 'no-connection', `nothing says how to reach ${host}`, next, {
    host,
  });
}
