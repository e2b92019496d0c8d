import type { StaticPod } from './manifest.js';
import { watchHealth } from './probe.js';
import type { RunningPod, Runtime } from './runtime.js';

const BACK_OFF_MS_FIRST = 1_000;
const BACK_OFF_MS_MAX = 300_000;
/** A container that ran this long starts its next back-off from the beginning. */
const BACK_OFF_FORGOTTEN_AFTER_MS = 600_000;

/**
 * Keeps one pod name as the manifests folder wants it. The real kubelet waits 10 s before the first
 * restart of a container that died; here it is 1 s, doubling to the same 5 minutes.
 * A pod that is to be replaced is ended first, completely; only then does the new one start.
 * A start that has begun is not broken off: what came up for nothing is ended then.
 */
export class PodWorker {
  private wanted: StaticPod | undefined;
  private current: { pod: StaticPod; running: RunningPod; sinceMs: number } | undefined;
  private starting = false;
  private ending = false;
  private stopProbing: () => void = () => {};
  private backOffMs = BACK_OFF_MS_FIRST;
  private restart: NodeJS.Timeout | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly say: (line: string) => void,
  ) {}

  /** Takes over a pod that an earlier kubelet started. */
  adopt(pod: StaticPod): { ran(running: RunningPod): void; exited(): void } {
    return {
      ran: (running) => {
        this.runs(pod, running);
        this.say(`adopted ${pod.fullName} as ${running.what}`);
      },
      exited: () => this.ended(pod),
    };
  }

  want(pod: StaticPod | undefined): void {
    const last = this.wanted;
    const changed = pod?.uid !== last?.uid;
    this.wanted = pod;
    if (changed) {
      clearTimeout(this.restart);
      this.restart = undefined;
      this.backOffMs = BACK_OFF_MS_FIRST;
    }
    if (this.starting) return;
    if (this.current === undefined) {
      if (changed && last !== undefined) this.runtime.clear(last);
      if (pod !== undefined && this.restart === undefined) this.start(pod);
    } else if (pod?.uid !== this.current.pod.uid) this.end();
  }

  private async start(pod: StaticPod): Promise<void> {
    this.starting = true;
    let hasExited = false;
    try {
      const running = await this.runtime.start(pod, () => {
        hasExited = true;
        this.ended(pod);
      });
      this.starting = false;
      this.runs(pod, running);
      this.say(`started ${pod.fullName} from ${pod.file} as ${running.what}`);
      if (hasExited) this.ended(pod);
      else if (this.wanted?.uid !== pod.uid) this.end();
    } catch (problem) {
      this.starting = false;
      this.say(`cannot start ${pod.fullName}: ${String(problem)}`);
      if (this.wanted?.uid === pod.uid) return this.startLater(pod);
      this.runtime.clear(pod);
      if (this.wanted !== undefined) this.start(this.wanted);
    }
  }

  private runs(pod: StaticPod, running: RunningPod): void {
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
    this.say(`ending ${pod.fullName}, ${running.what}`);
    running.end();
  }

  private ended(pod: StaticPod): void {
    if (this.current?.pod !== pod) return;
    const ranMs = Date.now() - this.current.sinceMs;
    this.say(`${pod.fullName} has ended, ${this.current.running.what}`);
    this.current = undefined;
    this.ending = false;
    this.stopProbing();
    if (this.wanted?.uid !== pod.uid) {
      this.runtime.clear(pod);
      if (this.wanted !== undefined) this.start(this.wanted);
    } else {
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
