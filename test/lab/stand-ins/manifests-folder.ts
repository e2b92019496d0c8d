import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { parseManifest, type StaticPod } from './manifest.js';

type Say = (line: string) => void;

/**
 * The pods that the folder asks for. As the kubelet does: every regular file whose name begins with no
 * dot counts, whatever its ending (kubernetes/kubernetes#136962); files go in the order of their names;
 * of two files with one pod name the first wins and the other is ignored; a file that cannot be read
 * as a pod is skipped.
 */
export function podsIn(folder: string, say: Say): readonly StaticPod[] {
  const pods = new Map<string, StaticPod>();
  for (const name of namesIn(folder, say)) {
    const pod = podIn(join(folder, name), say);
    if (pod === undefined) continue;
    const first = pods.get(pod.fullName);
    if (first !== undefined) say(`${pod.file} is ignored: ${first.file} has the same pod name`);
    else pods.set(pod.fullName, pod);
  }
  return [...pods.values()];
}

function namesIn(folder: string, say: Say): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (problem) {
    // The kubelet takes a folder that is not there for an empty one, and so stops every pod.
    say(`cannot read ${folder}: ${String(problem)}`);
    return [];
  }
}

function podIn(file: string, say: Say): StaticPod | undefined {
  try {
    return statSync(file).isFile() ? parseManifest(file, readFileSync(file, 'utf8')) : undefined;
  } catch (problem) {
    say(`cannot use ${file}: ${String(problem)}`);
    return undefined;
  }
}

/**
 * Calls `scan` at once, at an unforeseeable moment after each change of the folder, and every
 * `rescanMs` in any case. Changes that come before that moment are seen together.
 */
export function watchFolder(
  folder: string,
  rescanMs: number,
  delayMs: { readonly from: number; readonly to: number },
  scan: () => void,
): void {
  let isPending = false;
  const soon = () => {
    if (isPending) return;
    isPending = true;
    const wait = delayMs.from + Math.random() * (delayMs.to - delayMs.from);
    setTimeout(() => {
      isPending = false;
      scan();
    }, wait);
  };
  try {
    watch(folder, soon).on('error', () => {});
  } catch {
    // There is no folder to watch; the full rescan will notice one.
  }
  setInterval(scan, rescanMs);
  scan();
}
