import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { alone } from './lock.mjs';
import { installed, output } from './run.mjs';

/** Where fetched programs are kept, for all checkouts of this user. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'runback-lab');

/** Packages of shared libraries that the programs below want and that a small machine may lack. */
const LIBRARY_PACKAGES = {
  'libnftables.so.1': 'libnftables1',
  'libnftnl.so.11': 'libnftnl11',
  'libmnl.so.0': 'libmnl0',
  'libjansson.so.4': 'libjansson4',
  'libxtables.so.12': 'libxtables12',
  'libedit.so.2': 'libedit2',
  'libbsd.so.0': 'libbsd0',
  'libmd.so.0': 'libmd0',
  'libgmp.so.10': 'libgmp10',
  'libwrap.so.0': 'libwrap0',
  'libnsl.so.2': 'libnsl2',
  'libtirpc.so.3': 'libtirpc3',
  'libkrb5.so.3': 'libkrb5-3',
  'libgssapi_krb5.so.2': 'libgssapi-krb5-2',
};

/**
 * Unpacks Debian packages into a folder of the cache and answers that folder. Nothing is installed: on
 * a machine with systemd, installing a server starts it. Two processes at once are safe.
 */
export async function unpacked(name, suite, packages, programs) {
  const folder = join(cache, name);
  const mark = join(folder, '.complete');
  const wanted = `${suite} ${packages.join(' ')}\n`;
  const isThere = () => existsSync(mark) && readFileSync(mark, 'utf8') === wanted;
  if (isThere()) return folder;
  await alone(`${folder}.lock`, async () => {
    if (isThere()) return;
    console.error(`fetching ${packages.join(', ')} (${suite}) into ${folder}…`);
    const staging = mkdtempSync(`${folder}.new-`);
    chmodSync(staging, 0o755);
    try {
      const apt = aptFor(suite);
      fetchInto(staging, packages, apt);
      fetchMissingLibraries(staging, programs, apt);
      writeFileSync(join(staging, '.complete'), wanted);
      rmSync(folder, { recursive: true, force: true });
      renameSync(staging, folder);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
  return folder;
}

/** Where a fetched program finds the libraries that were fetched with it; empty when there are none. */
export function libraryPath(folder) {
  return ['usr/lib', 'lib']
    .map((name) => join(folder, name))
    .filter((libraries) => existsSync(libraries))
    .flatMap((libraries) => readdirSync(libraries).map((name) => join(libraries, name)))
    .filter((path) => path.includes('-linux-gnu'))
    .join(':');
}

/** Debian's suite of this machine, e.g. bookworm; undefined elsewhere. */
function ownSuite() {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
}

/**
 * How to ask apt for a suite: the machine's own lists for its own suite, else private lists that know
 * this suite only, from the mirror that the machine itself uses.
 */
function aptFor(suite) {
  const own = ownSuite();
  if (
    own === undefined ||
    installed('apt-get') === undefined ||
    installed('dpkg-deb') === undefined
  ) {
    throw new Error(
      'the lab gets etcd and sshd from Debian packages, and this is no Debian machine (apt-get, dpkg-deb): ' +
        'install etcd 3.4, etcdctl 3.4, sshd and nft yourself, so that they are on the PATH',
    );
  }
  if (own === suite && process.getuid() === 0) return [];
  const home = join(cache, `apt-${suite}`);
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(home, folder), { recursive: true });
  }
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(
    join(home, 'sources.list'),
    `deb [signed-by=${keyring}] ${ownMirror(own)} ${suite} main\n`,
  );
  return [
    ['Dir::State::lists', join(home, 'lists')],
    ['Dir::Cache', join(home, 'cache')],
    ['Dir::Etc::sourcelist', join(home, 'sources.list')],
    ['Dir::Etc::sourceparts', '-'],
    ['Acquire::Languages', 'none'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

function ownMirror(own) {
  const filters = ['Identifier: Packages', 'Origin: Debian', `Codename: ${own}`];
  const [address] = output('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...filters])
    .split('\n')
    .filter((line) => line !== '');
  if (address) return address;
  throw new Error('apt knows no Debian mirror yet: run `apt-get update` as root once');
}

/** A fresh machine has no package lists, and old lists name versions that are gone: update, once. */
function fetchInto(folder, packages, apt) {
  const debs = join(folder, '.debs');
  mkdirSync(debs, { recursive: true });
  const argv = [...apt, '-q', '-o', 'APT::Sandbox::User=root', 'download', ...packages];
  if (spawnSync('apt-get', argv, { cwd: debs }).status !== 0) {
    output('apt-get', [...apt, '-q', 'update']);
    output('apt-get', argv, { cwd: debs });
  }
  for (const name of readdirSync(debs)) output('dpkg-deb', ['-x', join(debs, name), folder]);
  rmSync(debs, { recursive: true });
}

function fetchMissingLibraries(folder, programs, apt) {
  const missing = programs.flatMap((program) => missingLibraries(folder, program));
  if (missing.length === 0) return;
  const unknown = missing.filter((library) => !(library in LIBRARY_PACKAGES));
  if (unknown.length > 0)
    throw new Error(`these shared libraries are missing: ${unknown.join(', ')}`);
  fetchInto(folder, [...new Set(missing.map((library) => LIBRARY_PACKAGES[library]))], apt);
  fetchMissingLibraries(folder, programs, apt);
}

function missingLibraries(folder, program) {
  // sudo brings a library of its own, in a place that only it looks at.
  const libraries = `${libraryPath(folder)}:${join(folder, 'usr/libexec/sudo')}`;
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  const { stdout } = spawnSync('ldd', [join(folder, program)], { encoding: 'utf8', env });
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
}
