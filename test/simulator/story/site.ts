import { Clusters } from '../etcd/clusters.js';
import { layOut, membersFrom, newDatabase } from '../etcd/data-directory.js';
import { contentAt, type Entry, entryAfter, sha256 } from '../etcd/database.js';
import { snapshotText } from '../etcd/snapshot.js';
import { makeParents } from '../host/changes.js';
import { MANIFESTS } from '../host/kubelet.js';
import { Machine, type Surroundings } from '../host/machine.js';
import type { Effect } from '../host/runner.js';
import { Conditions } from '../time/conditions.js';
import type { Random } from '../time/random.js';
import { Trace } from '../time/trace.js';
import { VirtualTime } from '../time/virtual-time.js';
import { manifestOf, type Place, PODS } from './manifests.js';
import { SNAPSHOT, WORKERS } from './plans.js';

export const DATA_DIR = '/var/lib/etcd';
const FILES = ['ca.crt', 'server.crt', 'server.key'];
const LONG_ENOUGH_MS = 60_000;
const BACKED_UP = 8;

export interface Acknowledged {
  readonly clusterId: string;
  readonly key: string;
  readonly value: string;
}

/** A controller and a healthy cluster, with a backup that was taken a while ago. */
export class Site {
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly conditions = new Conditions(this.time);
  readonly clusters: Clusters;
  readonly places: readonly Place[];
  readonly controller: Machine;
  readonly members: readonly Machine[];
  /** Nothing but a kubelet: whatever becomes of them, the cluster must not hear of it. */
  readonly workers: readonly Machine[];
  readonly violations: string[] = [];
  readonly acknowledged: Acknowledged[] = [];
  /** What was in the cluster when the backup was taken, and what it held before anything began. */
  readonly backedUp: readonly Entry[];
  readonly original: readonly Entry[];
  readonly oldClusterId: string;
  onEffect: (effect: Effect) => void = () => {};

  constructor(
    readonly random: Random,
    size: number,
    isTraced: boolean,
  ) {
    this.trace = new Trace(this.time, isTraced);
    this.clusters = new Clusters(this.time, random.fork('elections'), this.trace);
    this.clusters.onChange = () => this.conditions.changed();
    this.places = Array.from({ length: size }, (_, index) => ({
      name: `cp${index + 1}`,
      address: `192.0.2.${11 + index}`,
    }));
    const around = this.surroundings();
    this.controller = new Machine('controller', '192.0.2.1', around);
    this.members = this.places.map(({ name, address }) => new Machine(name, address, around));
    this.workers = WORKERS.map(({ name, address }) => new Machine(name, address, around));
    for (const machine of this.workers) makeParents(machine, `${MANIFESTS}/none`);
    this.backedUp = logOf(BACKED_UP);
    this.original = logOf(BACKED_UP + 6);
    const initial = this.places.map(({ name, address }) => `${name}=https://${address}:2380`);
    const cluster = membersFrom(initial.join(','), 'the first token');
    for (const [index, machine] of this.members.entries()) {
      const database = newDatabase(cluster, machine.name, this.original);
      this.furnish(machine, this.places[index] as Place);
      makeParents(machine, DATA_DIR);
      machine.files.makeDirectory(DATA_DIR, 0o700);
      for (const _ of layOut(machine.files, DATA_DIR, database));
    }
    this.oldClusterId = newDatabase(cluster, 'cp1', []).clusterId;
    this.putBackup();
    for (const machine of this.machines.values()) machine.files.syncAll();
  }

  get machines(): ReadonlyMap<string, Machine> {
    const all = [this.controller, ...this.members, ...this.workers];
    return new Map(all.map((machine) => [machine.name, machine]));
  }

  /** Boots everything and waits until the control plane is up. */
  async begin(): Promise<void> {
    for (const machine of [...this.members, ...this.workers]) machine.kubelet.begin();
    const isUp = await this.time.runUntil(() => this.isHealthy(), LONG_ENOUGH_MS);
    if (!isUp) throw new Error('the simulated cluster does not come up');
  }

  /** Every pod of every member runs, and one cluster has its quorum. */
  isHealthy(): boolean {
    return this.members.every((machine) => {
      const names = [...machine.processes]
        .filter(
          (process) =>
            process.name === 'kubelet' || process.ports.length > 0 || isPortless(process.name),
        )
        .map((process) => process.name);
      const member = this.clusters.on(machine.name);
      const hasLeader = member !== undefined && this.clusters.leaderOf(member) !== null;
      return hasLeader && PODS.every((pod) => names.includes(pod));
    });
  }

  private surroundings(): Surroundings {
    return {
      time: this.time,
      random: this.random,
      trace: this.trace,
      clusters: this.clusters,
      changed: () => this.conditions.changed(),
      wait: (...words) => this.conditions.wait(...words),
      acknowledged: (clusterId, key, value) => {
        this.acknowledged.push({ clusterId, key, value });
      },
      violated: (what) => {
        if (!this.violations.includes(what)) this.violations.push(what);
        this.trace.add('ORACLE', what);
      },
      happened: (effect) => this.onEffect(effect),
      reach: (from, address) => this.reach(from, address),
    };
  }

  private reach(from: Machine, address: string): Machine | null {
    const target = this.members.find((machine) => machine.address === address) ?? null;
    if (target === from) return target;
    return target !== null && !target.isIsolated && !from.isIsolated ? target : null;
  }

  private furnish(machine: Machine, place: Place): void {
    for (const file of FILES) putFile(machine, `/etc/kubernetes/pki/etcd/${file}`, file);
    for (const pod of PODS) {
      putFile(machine, `${MANIFESTS}/${pod}.yaml`, manifestOf(pod, place, this.places));
    }
  }

  private putBackup(): void {
    const text = snapshotText(this.backedUp);
    putFile(this.controller, SNAPSHOT, text);
    putFile(this.controller, `${SNAPSHOT}.record.json`, this.recordOf(text));
  }

  private recordOf(text: string): string {
    const revision = this.backedUp.at(-1)?.revision ?? 1;
    const { sha256: content_sha256, keys, keysByKind } = contentAt(this.backedUp, revision);
    return JSON.stringify({
      version: 1,
      created: '2026-01-01T00:00:00Z',
      run: 'before',
      snapshot: {
        file: 'snapshot.db',
        sha256: sha256(text),
        size_bytes: text.length,
        revision,
        total_keys: this.backedUp.length,
        content_sha256,
        keys,
        keys_by_kind: keysByKind,
        etcd_version: '3.5.16',
      },
      hosts: this.places.map((place) => ({
        name: place.name,
        member: place.name,
        peer_urls: [`https://${place.address}:2380`],
        image: 'registry.k8s.io/etcd:1',
        manifests: Object.fromEntries(
          PODS.map((pod) => [pod, recordedFile(pod, place, this.places)]),
        ),
      })),
    });
  }
}

function recordedFile(pod: string, place: Place, all: readonly Place[]) {
  const text = manifestOf(pod, place, all);
  return {
    path: `${MANIFESTS}/${pod}.yaml`,
    text,
    uid: 0,
    gid: 0,
    mode: 0o600,
    sha256: sha256(text),
  };
}

function putFile(machine: Machine, path: string, text: string): void {
  makeParents(machine, path);
  machine.files.write(path, text, 0o600);
}

function logOf(entries: number): readonly Entry[] {
  const log: Entry[] = [];
  for (let index = 0; index < entries; index++) {
    const kind = index % 3 === 0 ? 'pods' : 'configmaps';
    const value = index < BACKED_UP ? 'as backed up' : 'written since';
    log.push(entryAfter(log.at(-1), `/registry/${kind}/default/object-${index % 10}`, value));
  }
  return log;
}

function isPortless(name: string): boolean {
  return name === 'kube-controller-manager' || name === 'kube-scheduler';
}
