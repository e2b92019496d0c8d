import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { load } from 'js-yaml';
import { podsIn, watchFolder } from './manifests-folder.js';
import { reportNode } from './node-report.js';
import { PodWorker } from './pod-worker.js';
import { processRuntime } from './process-runtime.js';
import type { Runtime } from './runtime.js';

/*
 * A stand-in for the kubelet: it runs static pods as plain processes, or in containers through the
 * CRI, and is as awkward as the real one where that matters to whoever parks and returns manifests. It pulls no
 * images, runs no second container, and of the API server it knows only how to renew its node's lease.
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
let lastComplaints = '';
run().catch((problem: unknown) => {
  say(String(problem));
  process.exit(1);
});

async function run(): Promise<void> {
  const runtime = await runtimeOf(process.env.LAB_RUNTIME);
  await runtime.adopt((pod) => workerOf(runtime, pod.fullName).adopt(pod));
  watchFolder(folder, rescanMs, { from: fromMs, to: toMs }, () => scan(runtime));
  reportNode();
  createServer((_, answer) => answer.end('ok')).listen(HEALTHZ_PORT, '127.0.0.1');
  mkdirSync('/run/kubelet-stand-in', { recursive: true, mode: 0o700 });
  writeFileSync('/run/kubelet-stand-in/pid', String(process.pid));
  say(`the kubelet stand-in watches ${folder}, notices changes after ${fromMs}-${toMs} ms`);
}

/** What speaks the CRI is loaded only where there is one to speak to. */
async function runtimeOf(name: string | undefined): Promise<Runtime> {
  if (name !== 'containerd') return processRuntime();
  const [{ openCri }, { criRuntime }] = await Promise.all([
    import('./cri.js'),
    import('./cri-runtime.js'),
  ]);
  return criRuntime(openCri(), process.env.LAB_CGROUP ?? '', say);
}

function scan(runtime: Runtime): void {
  const complaints: string[] = [];
  const pods = podsIn(folder, (line) => complaints.push(line));
  // The same complaint at every rescan would fill the log without telling more.
  if (complaints.join('\n') !== lastComplaints) for (const line of complaints) say(line);
  lastComplaints = complaints.join('\n');
  for (const pod of pods) workerOf(runtime, pod.fullName);
  for (const [name, worker] of workers) worker.want(pods.find((pod) => pod.fullName === name));
}

function workerOf(runtime: Runtime, fullName: string): PodWorker {
  const worker = workers.get(fullName) ?? new PodWorker(runtime, say);
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
