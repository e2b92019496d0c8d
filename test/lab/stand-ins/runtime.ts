import type { StaticPod } from './manifest.js';

/** What runs a pod, and how the kubelet ends it. */
export interface RunningPod {
  /** For the log: `process 123`, `container 0a1b2c3d4e5f6`. */
  readonly what: string;
  /** SIGTERM, and SIGKILL when the pod's grace period is over. Its end is told to who started it. */
  end(): void;
}

/** How the kubelet has pods run: as plain processes, or in containers. */
export interface Runtime {
  start(pod: StaticPod, onExit: () => void): Promise<RunningPod>;
  /** Takes away what is left of a pod that nobody wants any more and that does not run. */
  clear(pod: StaticPod): void;
  /** The pods that an earlier kubelet started and that still run. */
  adopt(
    found: (pod: StaticPod) => { ran(running: RunningPod): void; exited(): void },
  ): Promise<void>;
}
