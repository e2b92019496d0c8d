import { type RunningContainer, startContainer } from './container.js';
import type { StaticPod } from './manifest.js';
import { watchHealth } from './probe.js';
import { startTicksOf } from './process-table.js';

const BACK_OFF_MS_FIRST = 1_000;
const BACK_OFF_MS_MAX = 300_000;
/** A container that ran this long starts its next back-off from the beginning. */
const BACK_OFF_FORGOTTEN_AFTER_MS = 600_000;
/** How often an adopted process, of which no exit is reported to us, is looked at. */
const LOOK_MS = 100;

/** What must survive a kubelet that dies: which process belongs to which pod. */
export interface PodMemory {
  remember(pod: StaticPod, running: RunningContainer): void;
  forget(pod: StaticPod): void;
}

/**
 * Keeps one pod name as the manifests folder wants it. The real kubelet waits 10 s before the first
 * restart of a container that died; here it is 1 s, doubling to the same 5 minutes.
 * A pod that is to be replaced is ended first, completely; only then does the new one start.
 */
export class PodWorker {
  private wanted: StaticPod | undefined;
  private current: { pod: StaticPod; running: RunningContainer; sinceMs: number } | undefined;
  private ending = false;
  private stopProbing: () => void = () => {};
  private backOffMs = BACK_OFF_MS_FIRST;
  private restart: NodeJS.Timeout | undefined;

  constructor(
    private readonly memory: PodMemory,
    private readonly say: (line: string) => void,
  ) {}

  /** Takes over a process that an earlier kubelet started. */
  adopt(pod: StaticPod, running: RunningContainer): void {
    this.runs(pod, running);
    this.say(`adopted ${pod.fullName} as process ${running.pid}`);
    const look = setInterval(() => {
      if (this.isRunning()) return;
      clearInterval(look);
      this.ended(pod);
    }, LOOK_MS);
  }

  want(pod: StaticPod | undefined): void {
    const changed = pod?.uid !== this.wanted?.uid;
    this.wanted = pod;
    if (changed) {
      clearTimeout(this.restart);
      this.restart = undefined;
      this.backOffMs = BACK_OFF_MS_FIRST;
    }
    if (this.current === undefined) {
      if (pod !== undefined && this.restart === undefined) this.start(pod);
    } else if (pod?.uid !== this.current.pod.uid) this.end();
  }

  private start(pod: StaticPod): void {
    try {
      const running = startContainer(pod, () => this.ended(pod));
      this.runs(pod, running);
      this.memory.remember(pod, running);
      this.say(`started ${pod.fullName} from ${pod.file} as process ${running.pid}`);
    } catch (problem) {
      this.say(`cannot start ${pod.fullName}: ${String(problem)}`);
      this.startLater(pod);
    }
  }

  private runs(pod: StaticPod, running: RunningContainer): void {
    this.current = { pod, running, sinceMs: Date.now() };
    this.stopProbing = watchHealth(pod, (reason) => {
      this.say(`${pod.fullName} is not well, ${reason}`);
      this.end();
    });
  }

  private end(): void {
    if (this.ending || this.current === undefined) return;
    this.stopProbing();
    const { pod, running } = this.current;
    this.ending = true;
    this.say(`ending ${pod.fullName}, process ${running.pid}`);
    this.signal('SIGTERM');
    setTimeout(() => {
      if (this.current?.running === running) this.signal('SIGKILL');
    }, pod.gracePeriodMs).unref();
  }

  private signal(name: NodeJS.Signals): void {
    if (this.current !== undefined && this.isRunning())
      process.kill(this.current.running.pid, name);
  }

  private isRunning(): boolean {
    const running = this.current?.running;
    return running !== undefined && startTicksOf(running.pid) === running.startTicks;
  }

  private ended(pod: StaticPod): void {
    if (this.current?.pod !== pod) return;
    const ranMs = Date.now() - this.current.sinceMs;
    this.say(`${pod.fullName} has ended, process ${this.current.running.pid}`);
    this.current = undefined;
    this.ending = false;
    this.stopProbing();
    this.memory.forget(pod);
    if (this.wanted === undefined) return;
    if (this.wanted.uid !== pod.uid) this.start(this.wanted);
    else {
      if (ranMs > BACK_OFF_FORGOTTEN_AFTER_MS) this.backOffMs = BACK_OFF_MS_FIRST;
      this.startLater(pod);
    }
  }

  private startLater(pod: StaticPod): void {
    this.say(`${pod.fullName}: back-off ${this.backOffMs} ms`);
    this.restart = setTimeout(() => {
      this.restart = undefined;
      if (this.wanted?.uid === pod.uid && this.current === undefined) this.start(pod);
    }, this.backOffMs);
    this.backOffMs = Math.min(this.backOffMs * 2, BACK_OFF_MS_MAX);
  }
}
