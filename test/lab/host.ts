import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CommandOptions, type CommandOutput, command, must } from './command.js';
import type { Ports } from './options.js';
import { boot, initOf, powerOff } from './power.js';
import { type LabProcess, processesOfHost } from './processes.js';
import { type HostShape, type LabShape, peerUrlOf } from './shape.js';
import type { Toolbox } from './toolbox.js';
import { Trap } from './trap.js';
import { BOUND } from './trees.js';

/** One host as the lab's own eyes and hands see it: nothing here goes through ssh. */
export class LabHost {
  readonly name: string;
  readonly address: string;
  readonly ports: Ports;
  readonly peerUrl: string;
  /** Holds the host's trees; `path` finds a file of the host in it. */
  readonly root: string;

  constructor(
    private readonly lab: LabShape,
    private readonly shape: HostShape,
    private readonly toolbox: Toolbox,
  ) {
    this.name = shape.name;
    this.address = shape.address;
    this.ports = shape.ports;
    this.peerUrl = peerUrlOf(shape);
    this.root = shape.root;
  }

  isUp(): boolean {
    return initOf(this.lab, this.shape) !== undefined;
  }

  /** Starts the host again after `powerOff`, with a new boot id, and waits for its sshd. */
  boot(): Promise<void> {
    return boot(this.lab, this.shape, this.toolbox);
  }

  /** As pulling the plug: every process of the host ends at once, /run is lost, the disk stays. */
  powerOff(): Promise<void> {
    return powerOff(this.lab, this.shape);
  }

  /** Runs a program inside the host, as root. */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutput> {
    const into = ['nsenter', '-t', String(this.init()), '-m', '-u', '-n', '-p', '--', ...argv];
    return command(into, { cwd: '/', env: { PATH: HOST_PATH }, ...options });
  }

  /** All processes of the host, or those of one name (the kernel keeps 15 characters of it). */
  processes(comm?: string): readonly LabProcess[] {
    const init = initOf(this.lab, this.shape);
    return init === undefined ? [] : processesOfHost(init, comm?.slice(0, 15));
  }

  /** Signals every process of a name and answers how many there were. */
  signal(comm: string, signal: NodeJS.Signals): number {
    const found = this.processes(comm);
    for (const { pid } of found) process.kill(pid, signal);
    return found.length;
  }

  /** Makes a program of this host freeze itself once, before it does what the words say: see Trap. */
  trap(program: string, pattern: string): Trap {
    return Trap.set(this, program, pattern);
  }

  /** Makes a program of this host fail once, when it would do what the words say. */
  breakOnce(program: string, pattern: string): Trap {
    return Trap.set(this, program, pattern, 'fail');
  }

  /** Makes a program of this host end well once without doing what the words say. */
  lieOnce(program: string, pattern: string): Trap {
    return Trap.set(this, program, pattern, 'lie');
  }

  /** Does the host have a program of its own of this name, or the machine's? */
  has(program: string): boolean {
    return ['/usr/local/bin', '/usr/bin', '/bin'].some(
      (folder) =>
        lstatSync(this.path(`${folder}/${program}`), { throwIfNoEntry: false }) !== undefined,
    );
  }

  /** The sshd processes that serve a connection; the one that listens is not among them. */
  sshSessions(): readonly LabProcess[] {
    return this.processes('sshd').filter(({ argv }) => !argv.join(' ').includes('[listener]'));
  }

  /**
   * Where a file of the host is on this machine, as of now: while the host is up through its own eyes,
   * with whatever was mounted inside it; while it is off on its disk, which has no /run.
   */
  path(inHost: string): string {
    const init = initOf(this.lab, this.shape);
    if (init !== undefined) return join(`/proc/${init}/root`, inHost);
    if (isOnDisk(inHost)) return join(this.root, inHost);
    throw new Error(`${this.name} is off, and ${inHost} is not on its disk`);
  }

  linkDown(): Promise<void> {
    return this.link('down');
  }

  linkUp(): Promise<void> {
    return this.link('up');
  }

  /** Drops, without a word, what comes to and goes to these TCP ports, except on the host itself. */
  async blockPorts(ports: readonly number[]): Promise<void> {
    const set = `{ ${ports.join(', ')} }`;
    const drop = (hook: string, device: string) =>
      `chain ${hook} { type filter hook ${hook} priority 0; ${device} "lo" accept; tcp dport ${set} drop; tcp sport ${set} drop; }`;
    const table = `table inet ${NFT_TABLE}`;
    const rules = [drop('input', 'iifname'), drop('output', 'oifname')];
    await this.nft(`${table} { }; delete ${table}; ${table} { ${rules.join('; ')}; }`);
  }

  async unblockPorts(): Promise<void> {
    await this.nft(`table inet ${NFT_TABLE} { }; delete table inet ${NFT_TABLE}`);
  }

  /** What is the matter with a pod, for a failing test's message. */
  log(name: string): string {
    const unit = this.path(`/var/log/units/${name}.log`);
    if (existsSync(unit)) return readFileSync(unit, 'utf8');
    if (!['kubelet', 'containerd'].includes(name)) return this.containerLog(name);
    const file = this.path(`/var/log/${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Of all containers that a pod had, one after the other. */
  private containerLog(pod: string): string {
    const folder = this.path('/var/log/pods');
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && basename(entry.parentPath) === pod)
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('');
  }

  private init(): number {
    const init = initOf(this.lab, this.shape);
    if (init === undefined) throw new Error(`${this.name} is off`);
    return init;
  }

  private async link(state: 'up' | 'down'): Promise<void> {
    await must(['ip', 'link', 'set', this.shape.cable, state]);
  }

  private async nft(rules: string): Promise<void> {
    const { path, libraryPath } = this.toolbox.nft;
    const env = { PATH: HOST_PATH, LD_LIBRARY_PATH: libraryPath };
    const inside = ['ip', 'netns', 'exec', this.shape.namespace];
    await must([...inside, 'env', `LD_LIBRARY_PATH=${libraryPath}`, path, rules], { env });
  }
}

const NFT_TABLE = 'runback_lab';
const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function isOnDisk(inHost: string): boolean {
  return BOUND.some((tree) => inHost === tree || inHost.startsWith(`${tree}/`));
}
