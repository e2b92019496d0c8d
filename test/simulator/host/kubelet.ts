import { nameOf } from './file-system.js';
import type { Machine } from './machine.js';
import { type Manifest, parsedManifest } from './manifest.js';
import { ApiServerPod, EtcdPod, Pod } from './pods.js';

export const MANIFESTS = '/etc/kubernetes/manifests';
const RESCAN_MS = 20_000;

/**
 * Watches the folder of static pods, as the real one does: it hears of a change after a while, looks at
 * everything now and then, ends a pod whose file is gone or other before it starts the next one of the
 * name, and makes a lost hostPath directory again without a word.
 */
export class Kubelet {
  /** Runs, and can be dead: then nothing that is moved has an effect. */
  isAlive = false;
  /** How much slower than usual. */
  slowness = 1;
  readonly pods = new Map<string, Pod>();
  readonly #endedMs = new Map<string, number>();
  #process: ReturnType<Machine['spawn']> | null = null;

  constructor(private readonly machine: Machine) {}

  begin(): void {
    if (this.isAlive || !this.machine.isUp || this.machine.files.directory(MANIFESTS) === null)
      return;
    this.isAlive = true;
    // What an earlier one had in mind and did not start is forgotten.
    for (const [name, pod] of this.pods) if (!pod.isRunning) this.pods.delete(name);
    this.#process = this.machine.spawn('kubelet');
    this.lookSoon();
    this.rescan();
  }

  /** Pods outlive their kubelet, but not the power of their machine. */
  die(): void {
    this.isAlive = false;
    if (this.#process !== null) this.machine.processes.delete(this.#process);
    this.#process = null;
    if (!this.machine.isUp) {
      for (const pod of this.pods.values()) pod.vanish();
      this.pods.clear();
    }
    this.machine.around.changed();
  }

  /**
   * For long, or for good. One that was about to end when its manifest came back ends, and is started
   * anew at once: a living kubelet sees to that.
   */
  isDown(pod: string): boolean {
    const { machine } = this;
    if ([...machine.processes].some(({ name }) => name === pod)) return false;
    return !this.isAlive || machine.around.time.nowMs - (this.#endedMs.get(pod) ?? 0) > 5_000;
  }

  notice(path: string): void {
    if (path.startsWith(`${MANIFESTS}/`)) this.lookSoon();
  }

  private lookSoon(): void {
    if (!this.isAlive) return;
    this.later(50, 600, () => this.look());
  }

  private rescan(): void {
    this.machine.after(RESCAN_MS, () => {
      if (!this.isAlive) return;
      this.look();
      this.rescan();
    });
  }

  private look(): void {
    if (!this.isAlive) return;
    const wanted = this.wanted();
    for (const [name, pod] of this.pods) {
      const manifest = wanted.get(name);
      if (manifest?.identity !== pod.manifest.identity) this.stop(name, pod);
    }
    for (const [name, manifest] of wanted) {
      if (!this.pods.has(name)) this.start(name, manifest);
    }
  }

  private wanted(): ReadonlyMap<string, Manifest> {
    const folder = this.machine.files.directory(MANIFESTS);
    const wanted = new Map<string, Manifest>();
    for (const name of [...(folder?.entries.keys() ?? [])].sort()) {
      if (name.startsWith('.')) continue;
      const path = `${MANIFESTS}/${name}`;
      const manifest = parsedManifest(path, this.machine.files.text(path) ?? '');
      if (manifest !== null && !wanted.has(manifest.pod)) wanted.set(manifest.pod, manifest);
    }
    return wanted;
  }

  private start(name: string, manifest: Manifest): void {
    const pod = podFor(name, this.machine, manifest);
    this.pods.set(name, pod);
    this.later(100, 700, () => {
      // Whatever happened to the file meanwhile is seen at the next look.
      if (this.pods.get(name) === pod) pod.start();
    });
  }

  private stop(name: string, pod: Pod): void {
    if (pod.isStopping) return;
    pod.isStopping = true;
    this.machine.after(this.machine.random.between(50, 1_200) * this.slowness, () => {
      pod.vanish();
      this.#endedMs.set(name, this.machine.around.time.nowMs);
      if (this.pods.get(name) === pod) this.pods.delete(name);
      this.look();
    });
  }

  private later(fromMs: number, toMs: number, work: () => void): void {
    this.machine.after(this.machine.random.between(fromMs, toMs) * this.slowness, () => {
      if (this.isAlive) work();
    });
  }
}

function podFor(name: string, machine: Machine, manifest: Manifest): Pod {
  if (name === 'etcd') return new EtcdPod(machine, manifest);
  if (name === 'kube-apiserver') return new ApiServerPod(machine, manifest);
  return new Pod(machine, manifest);
}

export function podNameOf(path: string): string {
  return nameOf(path).replace(/\.yaml$/, '');
}
