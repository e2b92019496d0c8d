import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '../../src/core/change.js';
import { type ChangeId, CONTROLLER, type RunId } from '../../src/core/names.js';
import type { Bundle } from '../../src/core/ports.js';
import type { Receipt } from '../../src/core/receipt.js';
import { Channel } from '../../src/host/channel.js';
import { HostSession } from '../../src/host/session.js';
import { RUNNER } from '../../src/host/stage-zero.js';
import type { Transport } from '../../src/host/transport.js';
import { until, untilTrue } from '../lab/until.js';
import { Points, stateOf } from './points.js';
import { localTransportWith } from './shells.js';

export const signal = new AbortController().signal;
export const run = '20260102T030405Z-0123456789abcdef' as RunId;

/** A host in a folder, where several sessions can meet and shells be stopped or killed at any point. */
export class Stage {
  readonly directory = mkdtempSync(join(tmpdir(), 'runback-stage-'));
  readonly stateDir = join(this.directory, 'state');
  readonly points = new Points(this.directory);
  readonly #open: HostSession[] = [];
  /** `tools`: folders, with `:` between, that come before the machine's own. */
  constructor(private readonly tools: string) {}

  async session(stateDir = this.stateDir): Promise<HostSession> {
    const tools = `${this.points.tools}:${this.tools}`;
    return this.opened(this.points.on(localTransportWith(tools)), stateDir);
  }

  async opened(transport: Transport, stateDir = this.stateDir): Promise<HostSession> {
    const opened = await HostSession.open({ host: CONTROLLER, transport, stateDir });
    if (!opened.ok) throw new Error(`${opened.error.message} ${opened.error.detail}`);
    this.#open.push(opened.value);
    return opened.value;
  }

  /** A session that alone sees another disk at the state's place. `mount`: the words for it. */
  async sessionOn(mount: string): Promise<HostSession> {
    mkdirSync(this.stateDir, { recursive: true });
    const tools = `${this.points.tools}:${this.tools}`;
    const here = localTransportWith(tools);
    // Every channel of the session has to be in the same namespace: the first one makes it.
    let first = 0;
    const transport: Transport = {
      ...here,
      open: async (argv) => {
        const mounted = `mount ${mount} ${this.stateDir} && exec "$@"`;
        const own = ['unshare', '--mount', '--', '/bin/sh', '-c', mounted, 'sh'] as const;
        const same = ['nsenter', '-t', `${first}`, '-m', '--'] as const;
        return here.open(first === 0 ? [...own, ...argv] : [...same, ...argv]);
      },
    };
    const opened = await this.opened(transport, this.stateDir);
    first = opened.facts.pid;
    return opened;
  }

  /** A channel without a session around it. */
  async channel(): Promise<Channel> {
    const pipe = await localTransportWith(this.tools).open(RUNNER);
    if (!pipe.ok) throw new Error(pipe.error.message);
    const channel = await Channel.start(CONTROLLER, pipe.value, this.stateDir);
    if (!channel.ok) throw new Error(channel.error.message);
    return channel.value;
  }

  close(): void {
    for (const session of this.#open) session.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Where an id's claim, output and receipt lie. */
  step(id: ChangeId, file = '', cluster = ''): string {
    return join(this.stateDir, cluster, 'runs', run, 'steps', id, file);
  }

  id(): ChangeId {
    return randomBytes(16).toString('hex') as ChangeId;
  }

  /** Changes that run these sh texts, in order. */
  bundle(scripts: readonly string[], more: Partial<Bundle> = {}): Bundle {
    const items = scripts.map((script) => ({ id: this.id(), change: runs(script) }));
    return { run, fence: null, items, timeoutMs: 60_000, ...more };
  }

  /** How often a script wrote its line. */
  runs(log = 'log'): number {
    const file = this.path(log);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  }

  log(): string {
    return `echo ran >>${this.path('log')}`;
  }

  /** A script that says that it is there, and then waits until `release` is called. */
  waits(name: string): string {
    return `echo $$ >${this.path(`${name}.at`)}; while [ ! -e ${this.path(`${name}.go`)} ]; do sleep 0.05; done`;
  }

  async waiting(name: string): Promise<number> {
    const file = this.path(`${name}.at`);
    return until(`${name} to wait`, 20_000, () =>
      existsSync(file) && readFileSync(file, 'utf8').endsWith('\n')
        ? Number(readFileSync(file, 'utf8'))
        : undefined,
    );
  }

  release(name: string): void {
    writeFileSync(this.path(`${name}.go`), '');
  }

  /** Lets it end, and waits for that: nothing stays behind a test. */
  async ended(name: string): Promise<void> {
    const pid = await this.waiting(name);
    this.release(name);
    await untilTrue(`${name} to end`, 20_000, () => [undefined, 'Z'].includes(stateOf(pid)));
  }

  /** The wrapper's process, as it wrote it down. */
  async wrapperOf(id: ChangeId): Promise<number> {
    return until('the wrapper', 20_000, () => {
      const file = this.step(id, 'who');
      const [pid, , , , end] = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : [];
      return end === 'end' ? Number(pid) : undefined;
    });
  }
}

export function runs(script: string, timeoutMs = 60_000): Change {
  const argv = ['sh', '-c', script] as const;
  return { kind: 'run', argv, timeoutMs, repeatable: false, effects: [] };
}

/** What a session says for good, waiting for whatever still runs. */
export async function settled(
  session: HostSession,
  bundle: Pick<Bundle, 'items' | 'fence'>,
): Promise<readonly Receipt[]> {
  const ids = bundle.items.map((item) => item.id);
  return until('all to be settled', 20_000, async () => {
    const receipts = await session.settle(run, bundle.fence?.cluster ?? null, ids, signal);
    if (!receipts.ok) throw new Error(`${receipts.error.message} ${receipts.error.detail}`);
    return receipts.value.some(({ state }) => state === 'running') ? undefined : receipts.value;
  });
}
