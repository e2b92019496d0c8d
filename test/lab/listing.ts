import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from './host.js';

const LISTED = [
  ...['/etc/kubernetes', '/etc/systemd', '/etc/etcd.env', '/etc/ssl/etcd'],
  ...['/var/lib', '/tmp', '/root', '/run', '/opt/data', '/opt/disks'],
];
export const COMPONENTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
];
/** What a running etcd rewrites by itself, in the data directory and in copies of it. */
const ETCD_OWN = /\/(member\/(snap\/db|snap\/.*\.snap)|wal\/[^/]*\.(wal|tmp))$/;
/** Directories whose time and inode change because of the files above. */
const ETCD_OWN_FOLDER = /\/(member\/snap|wal)$/;
/** The lab's own notes, and what a container runtime keeps for itself. */
const LAB_OWN =
  /^\/(run\/(kubelet-stand-in|unit-stand-in|simulated-boot-id|sshd\.pid|containerd)|var\/lib\/containerd)/;

/**
 * What is on a host, as sorted lines of text that a diff can compare: every file of the listed trees
 * with type, owner, mode, inode, modification time (ns) and digest, and every component's process
 * with its start time. The host must be up.
 */
export function listing(host: LabHost): readonly string[] {
  const files = LISTED.flatMap((tree) => [...walk(host, tree)]);
  const running = COMPONENTS.flatMap((comm) => host.processes(comm)).map(
    ({ comm, pidInHost, startTicks }) => `process ${comm} pid=${pidInHost} start=${startTicks}`,
  );
  return [...files, ...running].sort();
}

/** The same without inode, time and processes: what must be equal although things were rewritten. */
export function withoutIdentity(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => !line.startsWith('process '))
    .map((line) => line.replace(/ (inode|mtime)=\d+/g, ''));
}

/** The lines that only one of two listings has: `-` for the first, `+` for the second. */
export function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  const [first, second] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !second.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !first.has(line)).map((line) => `+ ${line}`),
  ];
}

function* walk(host: LabHost, inHost: string): Generator<string> {
  const path = host.path(inHost);
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || LAB_OWN.test(inHost)) return;
  const mode = (stat.mode & 0o7777n).toString(8).padStart(4, '0');
  const common = `${inHost} uid=${stat.uid} gid=${stat.gid} mode=${mode}`;
  const identity = `inode=${stat.ino} mtime=${stat.mtimeNs}`;
  if (stat.isDirectory()) {
    yield `${common} dir ${ETCD_OWN_FOLDER.test(inHost) ? '' : identity}`;
    for (const name of readdirSync(path)) yield* walk(host, join(inHost, name));
  } else if (stat.isSymbolicLink()) {
    yield `${common} link ${identity} to=${readlinkSync(path)}`;
  } else if (!stat.isFile()) {
    yield `${common} other ${identity}`;
  } else if (!ETCD_OWN.test(inHost)) {
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    yield `${common} file ${identity} size=${stat.size} sha256=${digest}`;
  }
}
