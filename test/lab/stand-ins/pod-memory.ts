import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningContainer } from './container.js';
import type { StaticPod } from './manifest.js';
import { startTicksOf } from './process-table.js';

/** On tmpfs: after a boot nothing runs, and nothing is remembered. */
const FOLDER = '/run/kubelet-stand-in';

/** What must survive a kubelet that dies: which process belongs to which pod. */
interface PodMemory {
  remember(pod: StaticPod, running: RunningContainer): void;
  forget(pod: StaticPod): void;
}

interface Remembered {
  readonly pod: StaticPod;
  readonly running: RunningContainer;
}

export function openPodMemory(): PodMemory {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  return {
    remember(pod, running) {
      const path = fileOf(pod);
      writeFileSync(`${path}.new`, JSON.stringify({ pod, running }));
      renameSync(`${path}.new`, path);
    },
    forget: (pod) => rmSync(fileOf(pod), { force: true }),
  };
}

/** The pods that an earlier kubelet started and that still run. */
export function stillRunning(): readonly Remembered[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Remembered)
    .filter(({ running }) => startTicksOf(running.pid) === running.startTicks);
}

function fileOf(pod: StaticPod): string {
  return join(FOLDER, `${pod.fullName}.json`);
}
