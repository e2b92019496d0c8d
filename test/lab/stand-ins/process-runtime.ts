import { type RunningContainer, startContainer } from './container.js';
import type { StaticPod } from './manifest.js';
import { openPodMemory, stillRunning } from './pod-memory.js';
import { startTicksOf } from './process-table.js';
import type { RunningPod, Runtime } from './runtime.js';

/** How often an adopted process, of which no exit is reported to us, is looked at. */
const LOOK_MS = 100;

/** Pods as plain processes of the host: no images, no sandboxes. */
export function processRuntime(): Runtime {
  const memory = openPodMemory();
  return {
    async start(pod, onExit) {
      const running = startContainer(pod, () => {
        memory.forget(pod);
        onExit();
      });
      memory.remember(pod, running);
      return processOf(pod, running);
    },
    clear() {},
    async adopt(found) {
      for (const { pod, running } of stillRunning()) {
        const worker = found(pod);
        worker.ran(processOf(pod, running));
        const look = setInterval(() => {
          if (isRunning(running)) return;
          clearInterval(look);
          memory.forget(pod);
          worker.exited();
        }, LOOK_MS);
      }
    },
  };
}

function processOf(pod: StaticPod, running: RunningContainer): RunningPod {
  const signal = (name: NodeJS.Signals) => {
    if (isRunning(running)) process.kill(running.pid, name);
  };
  return {
    what: `process ${running.pid}`,
    end() {
      signal('SIGTERM');
      setTimeout(() => signal('SIGKILL'), pod.gracePeriodMs).unref();
    },
  };
}

function isRunning({ pid, startTicks }: RunningContainer): boolean {
  return startTicksOf(pid) === startTicks;
}
