import type { Clusters } from '../etcd/clusters.js';
import type { Conditions } from '../time/conditions.js';
import type { Random } from '../time/random.js';
import type { Trace } from '../time/trace.js';
import type { VirtualTime } from '../time/virtual-time.js';
import { FileSystem } from './file-system.js';
import { Kubelet } from './kubelet.js';
import { type Effect, Runner } from './runner.js';

export interface Process {
  readonly pid: number;
  readonly name: string;
  /** Empty until it has bound them. */
  ports: readonly number[];
}

/** What all machines of one story share. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly clusters: Clusters;
  /** Something that a bounded question may be waiting for has changed. */
  readonly changed: () => void;
  /** Tells when nothing is missing any more, or when the time is up. */
  readonly wait: Conditions['wait'];
  /** A write that a client was told is safe. */
  readonly acknowledged: (clusterId: string, key: string, value: string) => void;
  /** The oracle's ear: what must never happen. */
  readonly violated: (what: string) => void;
  /** A change begins on a machine. */
  readonly happened: (effect: Effect) => void;
  /** The machine with this name or address, when it can be reached from the other one. */
  readonly reach: (from: Machine, address: string) => Machine | null;
}

const MOUNT = {
  realPath: '/',
  device: '8:1',
  mountId: 21,
  mountPoint: '/',
  fsType: 'ext4',
  readOnly: false,
  freeBytes: 30_000_000_000,
  sizeBytes: 40_000_000_000,
};

/** One computer: a disk, processes, a kubelet unless it is the controller, and the runner's state. */
export class Machine {
  readonly files = new FileSystem([MOUNT]);
  readonly processes = new Set<Process>();
  readonly runner: Runner;
  readonly kubelet: Kubelet;
  readonly random: Random;
  boot = 1;
  isUp = true;
  /** Never again. */
  isGone = false;
  /** The controller does not reach it. */
  isCutOff = false;
  /** The other members do not reach it. */
  isIsolated = false;
  /** Is there a crictl that answers? */
  readonly hasCrictl: boolean;
  /** Fires when the machine loses power: connections, scripts and pods end with it. */
  readonly onPowerLoss = new Set<() => void>();
  #pids = 100;

  constructor(
    readonly name: string,
    readonly address: string,
    readonly around: Surroundings,
  ) {
    this.random = around.random.fork(name);
    this.hasCrictl = this.random.fork('crictl').chance(0.6);
    this.runner = new Runner(this);
    this.kubelet = new Kubelet(this);
    this.files.onEntry = (path) => this.kubelet.notice(path);
  }

  /** Something on this very boot, later. */
  after(delayMs: number, work: () => void): void {
    const { boot } = this;
    this.around.time.after(delayMs, () => {
      if (this.isUp && this.boot === boot) work();
    });
  }

  spawn(name: string): Process {
    const process: Process = { pid: this.#pids++, name, ports: [] };
    this.processes.add(process);
    this.around.changed();
    return process;
  }

  end(process: Process): void {
    this.processes.delete(process);
    this.around.changed();
  }

  listens(port: number): boolean {
    return this.isUp && [...this.processes].some(({ ports }) => ports.includes(port));
  }

  /** What crictl would say; where there is none, nothing. */
  hasSandbox(pod: string): boolean {
    return this.hasCrictl && this.kubelet.pods.get(pod)?.hasSandbox === true;
  }

  losePower(): void {
    if (!this.isUp) return;
    this.around.trace.add(this.name, 'loses power');
    this.isUp = false;
    this.processes.clear();
    for (const listener of [...this.onPowerLoss]) listener();
    this.kubelet.die();
    this.files.losePower(this.random);
    this.runner.losePower();
    this.around.changed();
  }

  powerOn(): void {
    if (this.isUp || this.isGone) return;
    this.around.trace.add(this.name, 'boots');
    this.boot += 1;
    this.isUp = true;
    this.kubelet.begin();
    this.around.changed();
  }
}
