import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { load } from 'js-yaml';
import { podsIn, watchFolder } from './manifests-folder.js';
import { openPodMemory, stillRunning } from './pod-memory.js';
import { PodWorker } from './pod-worker.js';

/*
 * A stand-in for the kubelet: it runs static pods as plain processes, and is as awkward as the real one
 * where that matters to whoever parks and returns manifests. It knows no API server, no images and no
 * second container.
 */
const HEALTHZ_PORT = 10248;
const configFile = option('--config') ?? '/var/lib/kubelet/config.yaml';
const config = load(readFileSync(configFile, 'utf8')) as { [key: string]: unknown };
const folder = String(config.staticPodPath ?? '/etc/kubernetes/manifests');
const rescanMs = Number.parseFloat(String(config.fileCheckFrequency ?? '20s')) * 1000;
const [fromMs = 50, toMs = 600] = (process.env.KUBELET_STAND_IN_DELAY_MS ?? '50-600')
  .split('-')
  .map(Number);

const workers = new Map<string, PodWorker>();
const memory = openPodMemory();
for (const { pod, running } of stillRunning()) workerOf(pod.fullName).adopt(pod, running);
let lastComplaints = '';

watchFolder(folder, rescanMs, { from: fromMs, to: toMs }, () => {
  const complaints: string[] = [];
  const pods = podsIn(folder, (line) => complaints.push(line));
  // The same complaint at every rescan would fill the log without telling more.
  if (complaints.join('\n') !== lastComplaints) for (const line of complaints) say(line);
  lastComplaints = complaints.join('\n');
  for (const pod of pods) workerOf(pod.fullName);
  for (const [name, worker] of workers) worker.want(pods.find((pod) => pod.fullName === name));
});

createServer((_, answer) => answer.end('ok')).listen(HEALTHZ_PORT, '127.0.0.1');
writeFileSync('/run/kubelet-stand-in/pid', String(process.pid));
say(`the kubelet stand-in watches ${folder}, notices changes after ${fromMs}-${toMs} ms`);

function workerOf(fullName: string): PodWorker {
  const worker = workers.get(fullName) ?? new PodWorker(memory, say);
  workers.set(fullName, worker);
  return worker;
}

function option(name: string): string | undefined {
  const given = process.argv.find((argument) => argument.startsWith(`${name}=`));
  return given?.slice(name.length + 1);
}

function say(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}
