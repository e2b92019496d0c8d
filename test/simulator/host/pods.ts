import type { Serving } from '../etcd/clusters.js';
import { foundIn, layOut, membersFrom, newDatabase } from '../etcd/data-directory.js';
import type { Database } from '../etcd/database.js';
import type { Machine, Process } from './machine.js';
import type { Manifest } from './manifest.js';

/** One static pod: a sandbox, then a process in it, which binds its ports a moment later. */
export class Pod {
  isStopping = false;
  hasSandbox = false;
  protected process: Process | null = null;

  constructor(
    protected readonly machine: Machine,
    readonly manifest: Manifest,
  ) {}

  get isRunning(): boolean {
    return this.process !== null;
  }

  makeSandbox(): void {
    this.hasSandbox = true;
    this.machine.around.changed();
  }

  start(): void {
    for (const path of this.manifest.directories) this.makeMissing(path);
    this.process = this.machine.spawn(this.manifest.pod);
    this.machine.around.trace.add(this.machine.name, `${this.manifest.pod} starts`);
    this.run(this.process);
  }

  vanish(): void {
    this.hasSandbox = false;
    if (this.process === null) {
      this.machine.around.changed();
      return;
    }
    this.machine.around.trace.add(this.machine.name, `${this.manifest.pod} is gone`);
    this.machine.end(this.process);
    this.process = null;
  }

  protected run(process: Process): void {
    this.later(50, 400, process, () => this.bind(process));
  }

  protected bind(process: Process): void {
    process.ports = this.manifest.ports;
    this.machine.around.changed();
  }

  protected later(fromMs: number, toMs: number, process: Process, work: () => void): void {
    this.machine.after(this.machine.random.between(fromMs, toMs), () => {
      if (this.process === process) work();
    });
  }

  /** DirectoryOrCreate: what makes an empty cluster of a lost data directory. */
  private makeMissing(path: string): void {
    const { files } = this.machine;
    if (files.find(path) === null) files.makeDirectory(path, 0o755);
  }
}

export class EtcdPod extends Pod {
  #serving: Serving | null = null;

  protected override run(process: Process): void {
    const database = this.open();
    this.later(100, 900, process, () => {
      const { machine } = this;
      this.#serving = { host: machine.name, database, isReached: () => !machine.isIsolated };
      machine.around.clusters.start(this.#serving);
      this.bind(process);
    });
  }

  override vanish(): void {
    super.vanish();
    if (this.#serving !== null) this.machine.around.clusters.stop(this.#serving);
    this.#serving = null;
  }

  /** A data directory wins over every flag; without one a new cluster begins, and nobody is asked. */
  private open(): Database {
    const { files, name, around } = this.machine;
    const flag = (one: string): string => this.manifest.flags.get(one) ?? '';
    const dataDir = flag('data-dir');
    const found = foundIn(files, dataDir);
    if (found.kind === 'database') return found.database;
    around.violated(
      `etcd on ${name} started from ${found.kind === 'half' ? 'half a restore' : 'nothing'}`,
    );
    const initial =
      found.kind === 'half'
        ? `${flag('name')}=${flag('initial-advertise-peer-urls')}`
        : flag('initial-cluster');
    const log = found.kind === 'half' ? found.log : [];
    const members = membersFrom(initial, 'etcd-cluster');
    const database = newDatabase(members, flag('name'), log);
    if (found.kind === 'nothing') for (const _ of layOut(files, dataDir, database));
    return database;
  }
}

/** Writes as long as it runs: its own lease, and what clients ask for. */
export class ApiServerPod extends Pod {
  /** The cluster that its cache was filled from; it never looks again. */
  #world: string | null = null;
  #writes = 0;

  protected override run(process: Process): void {
    this.tick(process);
  }

  private tick(process: Process): void {
    this.later(300, 6_000, process, () => {
      this.write();
      if (this.#world !== null && process.ports.length === 0) this.bind(process);
      this.tick(process);
    });
  }

  private write(): void {
    const { clusters, acknowledged, violated } = this.machine.around;
    const { name } = this.machine;
    const etcd = clusters.on(name);
    if (etcd === undefined || clusters.leaderOf(etcd) === null) return;
    const { clusterId } = etcd.database;
    this.#world ??= clusterId;
    if (this.#world !== clusterId) {
      violated(`the API server on ${name} knows ${this.#world} and writes into ${clusterId}`);
    }
    this.#writes += 1;
    const isObject = this.machine.random.chance(0.3);
    const key = isObject
      ? `/registry/pods/default/${name}-${this.#writes}`
      : `/registry/leases/kube-system/apiserver-${name}`;
    const value = `${this.#world} ${this.machine.boot} ${this.#writes}`;
    if (clusters.put(etcd, key, value)) acknowledged(clusterId, key, value);
  }
}
