import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Argv, commandLine } from '../../core/argv.js';
import type { Connection } from '../../core/connection.js';
import type { Failure } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import { startPipe } from '../local.js';
import { Once } from '../once.js';
import { Doors } from '../ssh/doors.js';
import { type Leg, legsOf } from '../ssh/leg.js';
import type { Pipe, Transport } from '../transport.js';
import { ALIAS, sshConfig } from './config.js';
import { cannotSay } from './failures.js';
import { type Master, startMaster } from './master.js';

/** A server that was entered: its configuration leads to the connection that is open. */
interface Entered extends Master {
  readonly config: string;
}

/** Agents and security keys may ask a person; the connection itself has its own limit. */
const loginTimeoutMs = 60_000;

/**
 * Connections of OpenSSH's own client, for what ssh2 cannot do: host and user certificates, security
 * keys, Kerberos. One connection per server, shared through a socket in a directory of our own.
 */
export class OpensshNetwork {
  readonly #doors = new Doors();
  readonly #bastions = new Once<Entered>();
  #directory: string | null = null;
  #made = 0;

  constructor(private readonly connectTimeoutMs: number) {}

  async transportTo(
    connection: Connection,
    signal: AbortSignal,
  ): Promise<Result<Transport, Failure>> {
    const legs = legsOf(connection);
    const entered = await this.enter(legs, signal);
    if (!entered.ok) return entered;
    const { config, lost, close } = entered.value;
    return ok({ open: (argv: Argv) => openPipe(config, argv), lost, close });
  }

  async close(): Promise<void> {
    for (const { close } of await this.#bastions.takeAll()) close();
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = null;
  }

  private async enter(
    legs: readonly Leg[],
    signal: AbortSignal,
  ): Promise<Result<Entered, Failure>> {
    const last = legs.at(-1) as Leg;
    const before = legs.length === 1 ? null : await this.bastion(legs.slice(0, -1), signal);
    if (before !== null && !before.ok) return before;
    const config = this.write(last, before?.value.config ?? null);
    if (config === null) return err(cannotSay(last));
    const master = await this.#doors.enter(last, signal, () =>
      startMaster(last, config, loginTimeoutMs, signal),
    );
    return master.ok ? ok({ config, ...master.value }) : master;
  }

  /** Entered once for all hosts behind it. */
  private async bastion(
    legs: readonly Leg[],
    signal: AbortSignal,
  ): Promise<Result<Entered, Failure>> {
    const last = legs.at(-1) as Leg;
    const key = JSON.stringify([...last.via, last.server]);
    const entered = await this.#bastions.get(key, () => this.enter(legs, signal));
    return entered.ok ? entered : err({ ...entered.error, host: last.host });
  }

  /** A socket's path may have 108 characters: the directory is short, and nobody else's (0700). */
  private write(leg: Leg, through: string | null): string | null {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'runback-ssh-'));
    this.#made += 1;
    const file = join(this.#directory, `${this.#made}`);
    const { connectTimeoutMs } = this;
    const text = sshConfig(leg.server, { controlPath: `${file}.s`, connectTimeoutMs, through });
    if (text !== null) writeFileSync(file, text, { mode: 0o600 });
    return text === null ? null : file;
  }
}

/** A channel of the open connection; where that is gone, no other connection is made for it. */
async function openPipe(config: string, argv: Argv): Promise<Result<Pipe, Failure>> {
  const only = ['-o', 'ControlMaster=no', '-o', 'ProxyCommand=false'];
  const command = `exec ${commandLine(argv)}`;
  return ok(startPipe('ssh', ['-F', config, ...only, '-T', ALIAS, command]));
}
