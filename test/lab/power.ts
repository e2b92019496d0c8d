import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { containerEnvironment, removeCgroups } from './containerd.js';
import { childOf, processesOfHost, processOf } from './processes.js';
import type { HostShape, LabShape } from './shape.js';
import { foldersOf, insideHost, librariesInsideHost, type Toolbox } from './toolbox.js';
import { BOUND, mountsOf } from './trees.js';
import { until, untilTrue } from './until.js';

const BOOT_MS_MAX = 20_000;
const END_MS_MAX = 10_000;

/** A host's first process, by number and start time: the number alone may be somebody else's by now. */
interface Init {
  readonly pid: number;
  readonly startTicks: string;
}

/** Starts a host's first process and waits until its sshd listens. The network must be there. */
export async function boot(lab: LabShape, host: HostShape, toolbox: Toolbox): Promise<void> {
  if (initOf(lab, host) !== undefined) throw new Error(`${host.name} is already up`);
  const log = openSync(join(lab.dir, `${host.name}.console.log`), 'a');
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${host.namespace}`, ...unshare, 'sh', script(lab)],
    {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: environment(lab, host, toolbox),
    },
  );
  closeSync(log);
  child.unref();
  const outer = child.pid as number;
  const init = await until(`${host.name}'s first process`, BOOT_MS_MAX, () => {
    const child = childOf(outer);
    return child === undefined || ownNamespace(child) === ownNamespace(outer)
      ? undefined
      : remember(lab, host, child);
  });
  await untilTrue(`sshd on ${host.name}, see ${host.name}.console.log`, BOOT_MS_MAX, () =>
    listens(init),
  );
}

const unshare = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** As pulling the plug: every process of the host ends at once, /run is lost, the disk stays. */
export async function powerOff(lab: LabShape, host: HostShape): Promise<void> {
  const init = initOf(lab, host);
  if (init === undefined) return;
  const all = processesOfHost(init);
  process.kill(init, 'SIGKILL');
  await untilTrue(`the end of ${host.name}`, END_MS_MAX, () =>
    all.every(({ pid, startTicks }) => processOf(pid)?.startTicks !== startTicks),
  );
  rmSync(initFile(lab, host), { force: true });
  if (lab.options.runtime === 'containerd') await removeCgroups(host);
}

/** The number of a host's first process; undefined while the host is off. */
export function initOf(lab: LabShape, host: HostShape): number | undefined {
  if (!existsSync(initFile(lab, host))) return undefined;
  const init = JSON.parse(readFileSync(initFile(lab, host), 'utf8')) as Init;
  return processOf(init.pid)?.startTicks === init.startTicks ? init.pid : undefined;
}

function remember(lab: LabShape, host: HostShape, pid: number): number | undefined {
  const found = processOf(pid);
  if (found === undefined) return undefined;
  writeFileSync(initFile(lab, host), JSON.stringify({ pid, startTicks: found.startTicks }));
  return pid;
}

function initFile(lab: LabShape, host: HostShape): string {
  return join(lab.dir, `${host.name}.init.json`);
}

/** All images of the lab in one archive; a lab of processes has none. */
export function imagesFile(lab: LabShape): string {
  return lab.options.runtime === 'containerd' ? join(lab.dir, 'images.tar') : '';
}

function script(lab: LabShape): string {
  return join(lab.dir, 'host-init.sh');
}

function environment(lab: LabShape, host: HostShape, toolbox: Toolbox): NodeJS.ProcessEnv {
  const { from, to } = lab.options.kubeletDelayMs;
  return {
    PATH: process.env.PATH,
    LAB_HOST: host.name,
    LAB_TREES: host.root,
    LAB_BOUND: BOUND.join(' '),
    LAB_NODE: process.execPath,
    LAB_TOOLS: foldersOf(toolbox).join(' '),
    LAB_SSHD: insideHost(toolbox.sshd),
    LAB_SSHD_LIBRARIES: librariesInsideHost(toolbox.sshd),
    LAB_DISK_MIB: String(lab.options.diskMiB[host.name] ?? ''),
    LAB_MOUNTS: mountsOf(host.is)
      .map(({ source, target }) => `${source}:${target}`)
      .join(' '),
    LAB_KUBELET: lab.options.start === 'hosts-only' || host.runs === 'etcd' ? 'no' : 'yes',
    ...containerEnvironment(lab, host, toolbox, imagesFile(lab)),
    KUBELET_STAND_IN_DELAY_MS: `${from}-${to}`,
  };
}

function ownNamespace(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/pid`);
}

/** Looked up in the host's own table: a connection of ours would leave its traces in sshd's log. */
function listens(init: number): boolean {
  return /:0016 \S+ 0A /.test(readFileSync(`/proc/${init}/net/tcp`, 'utf8'));
}
