import { copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { command, difference, type Lab, type LabHost, live, untilTrue } from '../lab/index.js';
import { othersOf, startOther } from './other-etcd.js';
import { type Ended, lastEvent, type RunEvent } from './runback.js';
import { listings, type Site } from './site.js';
import { withSite } from './with-site.js';

const KUBE_VIP = `
apiVersion: v1
kind: Pod
metadata: { name: kube-vip, namespace: kube-system }
spec:
  hostNetwork: true
  containers: [{ name: kube-vip, image: kube-vip, command: [sleep, infinity] }]
`;

/** Steps of runback's own sleep as well, but not for ever. */
function vipOf(host: LabHost): readonly number[] {
  const sleepers = host.processes('sleep').filter(({ argv }) => argv.includes('infinity'));
  return sleepers.map(({ pid }) => pid);
}

live('on a bad day', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;
  /** The process of a pod that is none of runback's business. */
  let vip: readonly number[];
  let others: readonly string[];

  withSite({ name: 'badday' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(300);
    snapshot = await site.backup();
    const cp1 = lab.host('cp1');
    const folder = cp1.path('/etc/kubernetes/manifests');
    writeFileSync(join(folder, '.kube-vip'), KUBE_VIP, { mode: 0o600 });
    renameSync(join(folder, '.kube-vip'), join(folder, 'kube-vip.yaml'));
    await untilTrue('the other pod', 30_000, () => vipOf(cp1).length === 1);
    vip = vipOf(cp1);
    await startOther(cp1, 'words');
    others = othersOf(lab);
  });

  /** Runs a restore that must be refused, and shows that nothing on any host was touched. */
  async function refused(...words: readonly string[]): Promise<RunEvent> {
    const before = listings(lab);
    const ended = await site.run('restore.yml', ...words);
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    for (const [name, lines] of listings(lab)) {
      const changed = difference(before.get(name) ?? [], lines).filter((line) => !isOwn(line));
      expect(changed, name).toEqual([]);
    }
    return lastEvent(ended);
  }

  /** The lock's own place may be made, and sudo notes whom it asked; nothing else. */
  const isOwn = (line: string) =>
    line.includes('/var/lib/runback') || / (\/var\/lib|\/run) uid| \/run\/sudo/.test(line);

  const damaged = (name: string, damage: (file: string) => void): string => {
    const file = join(site.directory, name);
    copyFileSync(snapshot, file);
    copyFileSync(`${snapshot}.record.json`, `${file}.record.json`);
    damage(file);
    return file;
  };

  it('refuses a truncated snapshot', async () => {
    const file = damaged('cut.db', (path) => truncateSync(path, 100_000));
    const end = await refused('-e', `snapshot=${file}`);
    expect(end.failure).toMatchObject({ code: 'snapshot-truncated' });
  });

  it('refuses a snapshot with one flipped bit', async () => {
    const file = damaged('flipped.db', (path) => {
      const bytes = readFileSync(path);
      bytes[50_000] = (bytes[50_000] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    });
    const end = await refused('-e', `snapshot=${file}`);
    expect(end.failure).toMatchObject({ code: 'snapshot-damaged' });
  });

  it('refuses a snapshot that is not there, and one without its record', async () => {
    const missing = await refused('-e', 'snapshot=nowhere.db');
    expect(missing.failure).toMatchObject({ code: 'snapshot-missing' });
    const alone = join(site.directory, 'alone.db');
    copyFileSync(snapshot, alone);
    const end = await refused('-e', `snapshot=${alone}`);
    expect(end.failure).toMatchObject({ code: 'no-record' });
  });

  it('does not talk to a host whose key has changed', async () => {
    const [good = '', other = ''] = readFileSync(lab.knownHostsFile, 'utf8').split('\n');
    const swapped = `${good.split(' ')[0]} ${other.split(' ').slice(1).join(' ')}\n${other}\n`;
    const end = await withKnownHosts(swapped);
    expect(end.failure).toMatchObject({ kind: 'host-key', code: 'host-key-changed' });
    expect(JSON.stringify(end.failure)).toContain('known_hosts.mine:1');
  });

  it('does not talk to a host whose key is not known', async () => {
    const lines = readFileSync(lab.knownHostsFile, 'utf8').split('\n');
    const end = await withKnownHosts(lines.slice(1).join('\n'));
    expect(end.failure).toMatchObject({ kind: 'host-key', code: 'host-key-unknown' });
  });

  async function withKnownHosts(text: string): Promise<RunEvent> {
    const file = join(site.directory, 'known_hosts.mine');
    writeFileSync(file, text);
    const inventory = join(site.directory, 'inventory.mine.yml');
    const written = readFileSync(lab.inventoryFile, 'utf8');
    writeFileSync(inventory, written.replace(lab.knownHostsFile, file));
    return refused('-i', inventory, '-e', `snapshot=${snapshot}`);
  }

  it('does not begin as a user whom sudo asks for a password that nobody gave', async () => {
    const inventory = join(site.directory, 'inventory.ops.yml');
    const written = readFileSync(lab.inventoryFile, 'utf8');
    writeFileSync(inventory, written.replace('ansible_user: root', 'ansible_user: ops'));
    const end = await refused('-i', inventory, '-e', `snapshot=${snapshot}`);
    expect(end.failure).toMatchObject({
      kind: 'sudo-refused',
      next: expect.stringContaining('--ask-become-pass'),
    });
  });

  it('does not begin while a host is down', async () => {
    await lab.host('cp2').linkDown();
    try {
      const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
      expect(ended.code, ended.stdout).toBe(3);
      expect(lastEvent(ended).failure).toMatchObject({ kind: 'unreachable', host: 'cp2' });
    } finally {
      await lab.host('cp2').linkUp();
      await lab.untilHealthy();
      await lab.untilCaughtUp();
    }
  });

  it('refuses a staging directory that is there already', async () => {
    const built = '/var/lib/runback/work/mine/etcd';
    const [usual, own] = ['${{ run.id }}', 'mine'].map(
      (run) => `sha256: \${{ results.snapshot.sha256 }}\n          run: ${run}`,
    );
    if (usual === undefined || own === undefined) throw new Error('two texts');
    site.edit('restore.yml', usual, own);
    await lab.host('cp3').run(['mkdir', '-p', `${built}/member`]);
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    site.edit('restore.yml', own, usual);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended).failure).toMatchObject({ code: 'staging-exists', host: 'cp3' });
    expect(await lab.members.isHealthy('cp1')).toBe(true);
    await lab.host('cp3').run(['rm', '-r', '/var/lib/runback/work/mine']);
  });

  it('lets only one of two runs begin', async () => {
    const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`] as const;
    let second: Promise<Ended> | undefined;
    const first = await site.watched(
      {
        onEvent: (event) => {
          if (event.type === 'lock.taken') second ??= site.command('run', ...words);
        },
      },
      'run',
      ...words,
    );
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const other = await second;
    expect(other?.code).toBe(3);
    expect(other === undefined ? undefined : lastEvent(other).failure).toMatchObject({
      code: 'lock-held',
      message: expect.stringContaining(lastEvent(first).run ?? 'a run'),
    });
    await lab.untilReady();
  });

  it('leaves other pods and another etcd alone, and what it wrote closed to others', async () => {
    expect(vipOf(lab.host('cp1'))).toEqual(vip);
    expect(others).toHaveLength(1);
    expect(othersOf(lab)).toEqual(others);
    for (const host of lab.hosts) {
      const found =
        '( -path "*/runback/work/*" -o -path "*/etcd/*" -o -path "*/kubernetes/runback/*" )';
      const script = `find /var/lib /etc/kubernetes/runback ${found} -perm /077 ! -type l ! -name '*.snap'`;
      const { stdout } = await host.run(['sh', '-c', script.replace(/([()])/g, '\\$1')]);
      expect(stdout, host.name).toBe('');
    }
    const kept = ['backups', '.runback'].map((name) => join(site.directory, name));
    const open = await command(['find', ...kept, '-perm', '/077']);
    expect(open.stdout).toBe('');
  });

  it('goes back where the file on one host is not the snapshot that was checked', async () => {
    const build = '      - name: Build the new data directories beside the old ones\n';
    const file = '${{ vars.work_dir }}/${{ run.id }}/snapshot.db';
    const spoil = `      - name: Spoil it
        shell:
          script: mv ${file} ${file}.kept && echo other >${file}
          undo: [mv, -f, "${file}.kept", "${file}"]
        when: host.name == "cp2"

`;
    site.edit('restore.yml', build, spoil + build);
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    site.edit('restore.yml', spoil + build, build);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended).failure).toMatchObject({
      code: 'no-evidence-same-snapshot',
      host: 'cp2',
    });
  });

  it('goes back where what was built is not what the record says, and stops nothing', async () => {
    const file = damaged('of-another.db', (path) => {
      const record = JSON.parse(readFileSync(`${path}.record.json`, 'utf8'));
      record.snapshot.revision += 1;
      writeFileSync(`${path}.record.json`, JSON.stringify(record));
    });
    const running = lab.hosts.map((host) => host.processes('kube-apiserver'));
    const ended = await site.run('restore.yml', '-e', `snapshot=${file}`);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended).failure).toMatchObject({ code: 'staged-other' });
    expect(lab.hosts.map((host) => host.processes('kube-apiserver'))).toEqual(running);
  });

  it('goes back where a restore ends with 0 and has restored nothing', async () => {
    const trap = lab.host('cp2').lieOnce('etcdctl', 'snapshot restore *');
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    const isSprung = trap.isSprung();
    trap.remove();
    expect(isSprung).toBe(true);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended)).toMatchObject({ outcome: 'rolled-back', left: [] });
    expect(lastEvent(ended).failure).toMatchObject({ host: 'cp2' });
    const built = ended.events.filter(
      ({ type, name }) =>
        type === 'step.finished' && name === 'Build the new data directories beside the old ones',
    );
    expect(built.map(({ host, outcome }) => `${host} ${outcome}`)).toContain('cp2 failed');
  });

  it('takes everything back when a step fails after the manifests were parked', async () => {
    site.edit(
      'restore.yml',
      '      - name: Ask who leads now\n',
      '      - name: Fail here\n        assert:\n          that: [false]\n          message: told to fail\n\n      - name: Ask who leads now\n',
    );
    const before = listings(lab);
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended).failure).toMatchObject({ message: 'told to fail' });
    for (const [name, lines] of listings(lab)) {
      const isSettled = (line: string) => !line.startsWith('process ') && !isOwn(line);
      const strip = (all: readonly string[]) =>
        all.filter(isSettled).map((line) => line.replace(/ mtime=\d+/, ''));
      expect(difference(strip(before.get(name) ?? []), strip(lines)), name).toEqual([]);
    }
    await lab.untilReady();
  });
});
