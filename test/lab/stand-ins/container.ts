import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Mount, StaticPod } from './manifest.js';
import { startTicksOf } from './process-table.js';

/** A running process, by a name that no later process can have. */
export interface RunningContainer {
  readonly pid: number;
  readonly startTicks: string;
}

const COMPONENTS = '/opt/lab/components';
const LOGS = '/var/log/pods';
const UID = 'stand-in';
const PATH = `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/**
 * Starts what a manifest describes. There is no image: the program comes from the host. The process is
 * detached and writes to its log file itself, so that it outlives the kubelet, as a container does.
 */
export function startContainer(pod: StaticPod, onExit: () => void): RunningContainer {
  for (const mount of pod.mounts) makeSource(mount);
  const logs = `${LOGS}/kube-system_${pod.name}-${hostname()}_${UID}/${pod.name}`;
  mkdirSync(logs, { recursive: true });
  const log = openSync(`${logs}/0.log`, 'a');
  try {
    return described(spawnFor(pod, log), pod, onExit);
  } finally {
    closeSync(log);
  }
}

/** A lost data directory silently becomes an empty one here, as it does with the real kubelet. */
export function makeSource({ hostPath, type }: Mount): void {
  if (existsSync(hostPath)) return;
  if (type === 'DirectoryOrCreate') mkdirSync(hostPath, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate') closeSync(openSync(hostPath, 'a', 0o644));
  else throw new Error(`hostPath ${hostPath} does not exist`);
}

function spawnFor(pod: StaticPod, log: number): ChildProcess {
  const [program, ...argv] = standInOrReal(pod.command);
  const moved = pod.mounts.filter((mount) => mount.mountPath !== mount.hostPath);
  const options = {
    argv0: pod.command[0] as string,
    cwd: '/',
    detached: true,
    env: { PATH },
    stdio: ['ignore', log, log] as ['ignore', number, number],
    ...(pod.uidNumber === undefined ? {} : { uid: pod.uidNumber, gid: pod.gidNumber ?? 0 }),
  };
  if (moved.length === 0) return spawn(program as string, argv, options);
  const binds = moved.flatMap((mount) => [mount.hostPath, mount.mountPath]);
  // A container sees a volume at its own path: bind each there, in a mount namespace of its own.
  const script =
    'n=$1; shift; while [ "$n" -gt 0 ]; do mkdir -p "$2"; mount --bind "$1" "$2"; shift 2; n=$((n-1)); done; exec "$@"';
  return spawn(
    'unshare',
    [
      '--mount',
      'sh',
      '-ec',
      script,
      'sh',
      String(moved.length),
      ...binds,
      program as string,
      ...argv,
    ],
    { ...options, argv0: 'unshare' },
  );
}

/** The components that the lab does not have for real are played by a script beside a link to node. */
function standInOrReal(command: readonly string[]): readonly string[] {
  const [name = '', ...argv] = command;
  const script = `${COMPONENTS}/${name}-stand-in.cjs`;
  return existsSync(script) ? [`${COMPONENTS}/${name}`, script, ...argv] : [name, ...argv];
}

function described(child: ChildProcess, pod: StaticPod, onExit: () => void): RunningContainer {
  child.on('error', onExit);
  child.on('exit', onExit);
  child.unref();
  const startTicks = child.pid === undefined ? undefined : startTicksOf(child.pid);
  if (child.pid === undefined || startTicks === undefined) {
    throw new Error(`${pod.command[0]} did not start`);
  }
  return { pid: child.pid, startTicks };
}
