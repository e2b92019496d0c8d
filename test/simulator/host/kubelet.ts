import { nameOf } from './file-system.js';
import type { Machine } from './machine.js';
import { type Manifest, parsedManifest } from './manifest.js';
import { ApiServerPod, EtcdPod, Pod } from './pods.js';

export const MANIFESTS = '/etc/kubernetes/manifests';
const RESCAN_MS = 20_000;
/** What takes longer in reality is an image that is pulled, behind a sandbox that is there. */
const STARTS_SLOWER_MAX = 20;

/**
 * Watches the folder of static pods, as the real one does: it hears of a change after a while, looks at
 * everything now and then, ends a pod whose file is gone or other before it starts the next one of the
 * name, and makes a lost hostPath directory again without a word.
 */
export class Kubelet {
  /** Runs, and can be dead: then nothing that is moved has an effect. */
  isAlive = false;
  /** How much slower than usual it hears and ends. */
  slowness = 1;
  readonly pods = new Map<string, Pod>();
  readonly #endedMs = new Map<string, number>();
  #process: ReturnType<Machine['spawn']> | null = null;

  /** Since 1.27 one breaks off what it is about to start; an older one does not. */
  private readonly breaksOff: boolean;

  constructor(private readonly machine: Machine) {
    this.breaksOff = machine.random.fork('kubelet').chance(0.5);
  }

  /** Has made up its mind, and nothing runs yet. */
  isStarting(name: string): boolean {
    return this.isAlive && this.pods.get(name)?.isRunning === false;
  }

  begin(): void {
    if (this.isAlive || !this.machine.isUp || this.machine.files.directory(MANIFESTS) === null)
      return;
    this.isAlive = true;
    // What an earlier one had in mind and did not start is forgotten.
    for (const [name, pod] of this.pods) {
      if (pod.isRunning) continue;
      pod.vanish();
      this.pods.delete(name);
    }
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
    this.later(50, 600, this.slowness, () => this.look());
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

  /** Between its mind made up and a process nobody sees anything, and then only the runtime a sandbox. */
  private start(name: string, manifest: Manifest): void {
    const pod = podFor(name, this.machine, manifest);
    this.pods.set(name, pod);
    const slowness = Math.min(this.slowness, STARTS_SLOWER_MAX);
    const isWanted = (): boolean => this.pods.get(name) === pod;
    this.later(100, 700, slowness, () => {
      if (!isWanted()) return;
      pod.makeSandbox();
      // Whatever happened to the file meanwhile is seen at the next look.
      this.later(100, 1_500, slowness, () => {
        if (!isWanted()) return;
        pod.start();
        if (pod.isStopping) this.end(name, pod);
      });
    });
  }

  /** An older one that has begun to start a pod brings that to its end, and only then ends it. */
  private stop(name: string, pod: Pod): void {
    if (pod.isStopping) return;
    pod.isStopping = true;
    if (pod.isRunning || this.breaksOff) this.end(name, pod);
  }

  private end(name: string, pod: Pod): void {
    this.machine.after(this.machine.random.between(50, 1_200) * this.slowness, () => {
      pod.vanish();
      this.#endedMs.set(name, this.machine.around.time.nowMs);
      if (this.pods.get(name) === pod) this.pods.delete(name);
      this.look();
    });
  }

  private later(fromMs: number, toMs: number, slowness: number, work: () => void): void {
    this.machine.after(this.machine.random.between(fromMs, toMs) * slowness, () => {
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
