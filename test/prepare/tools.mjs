import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { libraryPath, unpacked } from './debian.mjs';
import { installed } from './run.mjs';

const MACHINE_PROGRAMS = {
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  openssl: 'openssl',
  chattr: 'e2fsprogs',
  hostname: 'hostname',
};

/**
 * The programs that a lab's hosts run, fetched if need be:
 * each is { path, folder, libraryPath }, with the cache folder it was unpacked into (undefined when it is
 * installed) and the libraries that only it may see.
 */
export async function tools() {
  refuseWhatCannotBeALab();
  const etcd = await etcd34();
  const sshd = await fetchedUnlessInstalled('sshd', 'openssh', ['openssh-server'], 'usr/sbin/sshd');
  const nft = await fetchedUnlessInstalled('nft', 'nftables', ['nftables'], 'usr/sbin/nft');
  const sudo = await fetchedUnlessInstalled('sudo', 'sudo', ['sudo'], 'usr/bin/sudo');
  return { ...etcd, sshd, nft, sudo };
}

/** etcd 3.4 of bookworm: `snapshot restore` is etcdctl's, there is no etcdutl. */
async function etcd34() {
  const own = { etcd: installed('etcd'), etcdctl: installed('etcdctl') };
  if (own.etcd && own.etcdctl && versionOf(own.etcd).startsWith('3.4.')) {
    return { etcd: program(own.etcd), etcdctl: program(own.etcdctl) };
  }
  return etcdOf('bookworm', 'etcd-3.4', ['etcd', 'etcdctl']);
}

/** A shell and tools that are not GNU's: the runner must get by with them too. */
export function busybox() {
  return fetchedUnlessInstalled('busybox', 'busybox', ['busybox-static'], 'bin/busybox');
}

/** A Korn shell, which has no printf of its own: another reading of POSIX. */
export function mksh() {
  return fetchedUnlessInstalled('mksh', 'mksh', ['mksh'], 'bin/mksh');
}

export function shellcheck() {
  return fetchedUnlessInstalled('shellcheck', 'shellcheck', ['shellcheck'], 'usr/bin/shellcheck');
}

/** A real client of the API, though an old one: bookworm has 1.20. Fetched only when asked for. */
export async function kubectl() {
  const folder = await unpacked('kubectl', 'bookworm', ['kubernetes-client'], ['usr/bin/kubectl']);
  return program(join(folder, 'usr/bin/kubectl'), folder);
}

/** etcd 3.5 of trixie, whose binaries run on bookworm: etcdutl restores. Fetched only when asked for. */
export function etcd35() {
  return etcdOf('trixie', 'etcd-3.5', ['etcd', 'etcdctl', 'etcdutl']);
}

async function etcdOf(suite, name, programs) {
  const paths = programs.map((program) => `usr/bin/${program}`);
  const folder = await unpacked(name, suite, ['etcd-server', 'etcd-client'], paths);
  return Object.fromEntries(
    programs.map((it, at) => [it, program(join(folder, paths[at]), folder)]),
  );
}

async function fetchedUnlessInstalled(name, cacheName, packages, path) {
  const own = installed(name);
  if (own) return program(own);
  const folder = await unpacked(cacheName, 'bookworm', packages, [path]);
  return program(join(folder, path), folder);
}

function program(path, folder) {
  return { path, folder, libraryPath: folder ? libraryPath(folder) : '' };
}

function versionOf(etcd) {
  const { stdout } = spawnSync(etcd, ['--version'], { encoding: 'utf8' });
  return /etcd Version: (\S+)/.exec(stdout ?? '')?.[1] ?? '';
}

/** Says in one message all that this machine lacks and cannot be fetched. */
function refuseWhatCannotBeALab() {
  const lacks = whatIsMissing();
  if (lacks.length > 0)
    throw new Error(`no lab can run here:\n${lacks.map((it) => `  - ${it}`).join('\n')}`);
}

export function whatIsMissing() {
  if (process.platform !== 'linux') return [`Linux is needed, this is ${process.platform}`];
  const programs = Object.entries(MACHINE_PROGRAMS)
    .filter(([name]) => installed(name) === undefined)
    .map(([name, from]) => `${name} is missing: apt-get install ${from}`);
  if (process.getuid() !== 0) return [...programs, 'root is needed: network and mount namespaces'];
  if (programs.length > 0) return programs;
  const tried = spawnSync('unshare', ['--net', '--mount', '--uts', '--pid', '--fork', 'true']);
  return tried.status === 0
    ? []
    : [`namespaces cannot be made here: ${String(tried.stderr).trim()}`];
}
