import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { must } from './command.js';
import { down } from './down.js';
import { keyNumber, valueNumber } from './key-data.js';
import type { Lab } from './lab.js';
import { difference, listing } from './listing.js';
import { up } from './up.js';

/**
 * The whole way, once, for real: a live three-member cluster behind three sshd's, a backup, a dry run, a
 * disaster, a restore, a failure that goes back, and a restore with nothing running. Every claim is
 * checked by the lab's own eyes and ends the demo when it does not hold.
 */
const NAME = 'demo';
const KEYS = 10_000;
const LATER_KEYS = 500;
const DATA = '/var/lib/etcd';
const runbackCommand = resolve('bin/runback');

const directory = mkdtempSync(join(tmpdir(), 'runback-demo-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void down(NAME).finally(() => process.exit(130));
  });
}

try {
  await story();
  process.exitCode = 0;
} catch (problem) {
  console.error(`\nThe demo failed: ${(problem as Error).message}`);
  process.exitCode = 1;
} finally {
  await down(NAME);
  rmSync(directory, { recursive: true, force: true });
  say('Lab down', 'Nothing is left running.');
}

async function story(): Promise<void> {
  const began = Date.now();
  const lab = await up({ name: NAME });
  say(
    'Lab up',
    `Three hosts with their own sshd, etcd with TLS, and a kubelet's stand-in: ${seconds(began)}.`,
  );

  await lab.members.put(KEYS);
  say('Data', `${KEYS} keys written.`);

  say('Backup', 'A snapshot of the leader, checked, brought here, with a record beside it.');
  await runback(lab, 'playbooks/backup.yml', '--yes');
  const backups = join(directory, 'backups');
  const snapshot = join(backups, readdirSync(backups).at(-1) ?? '', 'snapshot.db');

  say(
    'Dry run',
    'What a restore would do. It changes nothing, and the lab looks whether that is true.',
  );
  await lab.untilCaughtUp();
  const before = lab.hosts.map(listing);
  await runback(lab, 'playbooks/restore.yml', '--dry-run', '-e', `snapshot=${snapshot}`);
  const touched = lab.hosts.flatMap((host, index) =>
    difference(before[index] ?? [], listing(host)),
  );
  check(touched.length === 0, `the dry run changed something:\n${touched.join('\n')}`);
  tell('Names, owners, modes, inodes, times, digests and processes: all as before.');

  say(
    'Disaster',
    `Somebody overwrites ${LATER_KEYS} keys and adds ${LATER_KEYS} that should not be there.`,
  );
  await lab.members.put(LATER_KEYS, 'wrong');
  await lab.members.put(LATER_KEYS, 'wrong', KEYS);

  say('Restore', 'All members, while the cluster is live until the last moment.');
  const old = await lab.members.status('cp1');
  await runback(lab, 'playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`);
  await prove(lab, old.clusterId);

  say(
    'A failure',
    'One disk will not let go of its data directory, after the other two have swapped.',
  );
  const restored = await lab.members.status('cp1');
  const inodes = lab.hosts.map(inodeOf);
  await failingRestore(lab, snapshot);
  await lab.untilHealthy();
  check((await lab.members.status('cp1')).clusterId === restored.clusterId, 'not the old cluster');
  check(lab.hosts.map(inodeOf).join() === inodes.join(), 'not the old data directories');
  await lab.members.write('/registry/demo', 'the old cluster takes a write');
  tell('The same data directories, the same cluster, and it takes writes.');

  say('The worst day', 'No manifest, no process, no data directory on any host.');
  for (const host of lab.hosts) {
    await host.run(['sh', '-c', 'rm -f /etc/kubernetes/manifests/*']);
  }
  for (const pod of ['etcd', 'kube-apiserver']) await lab.untilGone(pod);
  for (const host of lab.hosts) await host.run(['rm', '-rf', DATA]);
  await runback(lab, 'playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`);
  await prove(lab, restored.clusterId);
  tell(`The whole demo took ${seconds(began)}.`);
}

/** Every key of every member, read from that member alone, and a cluster that is not the old one. */
async function prove(lab: Lab, oldClusterId: string): Promise<void> {
  await lab.untilReady();
  for (const { name } of lab.hosts) {
    const keys = new Map((await lab.members.allKeys(name)).map(({ key, value }) => [key, value]));
    check(keys.size === KEYS, `${name} has ${keys.size} keys instead of ${KEYS}`);
    for (let number = 0; number < KEYS; number++) {
      const key = keyNumber(number);
      check(keys.get(key) === valueNumber(number, 'first'), `${name}: ${key} is not what it was`);
    }
    const { clusterId } = await lab.members.status(name);
    check(clusterId !== oldClusterId, `${name} is still in the old cluster`);
  }
  tell(
    `Proof by the lab's own client: ${KEYS} keys with the right values on each of 3 members, none that came later.`,
  );
}

/** The directory is frozen (chattr +i) until runback begins to go back; then the disk is mended. */
async function failingRestore(lab: Lab, snapshot: string): Promise<void> {
  const frozen = lab.host('cp3').path(DATA);
  await must(['chattr', '+i', frozen]);
  let mended: Promise<unknown> | undefined;
  const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
  const code = await start(lab, words, (line) => {
    if (line.includes('Going back')) mended ??= must(['chattr', '-i', frozen]);
  });
  await mended;
  check(code === 4, `the failed restore ended with ${code} instead of 4`);
}

async function runback(lab: Lab, ...words: readonly string[]): Promise<void> {
  const code = await start(lab, words, () => {});
  check(code === 0, `runback ${words[0]} ended with ${code}`);
}

function start(
  lab: Lab,
  words: readonly string[],
  onLine: (line: string) => void,
): Promise<number> {
  const [playbook = '', ...rest] = words;
  const shown = ['run', playbook, '-i', 'inventory.yml', ...rest].join(' ');
  console.log(`  $ runback ${shown.replaceAll(`${directory}/`, '')}\n`);
  const argv = ['run', resolve(playbook), '-i', lab.inventoryFile, ...rest, '--output', 'plain'];
  const child = spawn(process.execPath, [runbackCommand, ...argv], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) onLine(line);
    process.stdout.write(text.replace(/^(?=.)/gm, '  '));
  });
  return new Promise((done) => child.on('close', (code) => done(code ?? -1)));
}

function inodeOf(host: Lab['hosts'][number]): string {
  const line = listing(host).find((one) => one.startsWith(`${DATA} `));
  return /inode=(\d+)/.exec(line ?? '')?.[1] ?? 'none';
}

function say(title: string, text: string): void {
  console.log(`\n━━ ${title} ${'━'.repeat(Math.max(2, 60 - title.length))}\n${text}`);
}

function tell(text: string): void {
  console.log(`\n  ✔ ${text}`);
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`;
}
