import { afterAll, beforeAll, expect, it } from 'vitest';
import { difference, type Lab, listing, live, up, withoutIdentity } from '../lab/index.js';
import { lastEvent, outcomesOf } from './runback.js';
import { Site } from './site.js';

const DATA = '/var/lib/etcd';

live('a restore that fails', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  beforeAll(async () => {
    lab = await up({ name: 'goback' });
    site = new Site(lab);
    await lab.members.put(500);
    snapshot = await site.backup();
    await lab.members.put(200, 'after the backup');
  });

  afterAll(async () => {
    site?.close();
    await lab?.down();
  });

  it('goes back when one host cannot swap after the other two have', async () => {
    const before = await oldCluster();
    await lab.host('cp3').run(['chattr', '+i', DATA]);
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    await lab.host('cp3').run(['chattr', '-i', DATA]);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended)).toMatchObject({ outcome: 'rolled-back' });
    const swaps = outcomesOf(ended).filter((line) => line.endsWith('undone'));
    expect(swaps.length).toBeGreaterThan(5);
    await expectOldCluster(before);
  });

  it('goes back when a member cannot join after etcd was started', async () => {
    const before = await oldCluster();
    const cut = lab.host('cp2').blockPorts([2380]);
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    await cut;
    await lab.host('cp2').unblockPorts();
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    await expectOldCluster(before);
  });

  /** What must be the same again: the directory itself, the cluster's id, its content, the other files. */
  async function oldCluster() {
    const { revision, clusterId } = await lab.members.status('cp1');
    const hosts = lab.hosts.map((host) => ({
      name: host.name,
      inode: inodeOf(host.name),
      listing: settled(host.name),
    }));
    const { hash } = await lab.members.hashkv('cp1', revision);
    return { revision, clusterId, hash, hosts };
  }

  async function expectOldCluster(before: Awaited<ReturnType<typeof oldCluster>>) {
    await lab.untilHealthy();
    for (const { name, inode, listing: lines } of before.hosts) {
      expect(inodeOf(name), name).toBe(inode);
      expect(difference(lines, settled(name)), name).toEqual([]);
      expect((await lab.members.status(name)).clusterId).toBe(before.clusterId);
      expect((await lab.members.hashkv(name, before.revision)).hash, name).toBe(before.hash);
    }
    await lab.members.write('/registry/after', `rollback ${Date.now()}`);
  }

  function inodeOf(host: string): string | undefined {
    return /inode=(\d+)/.exec(
      listing(lab.host(host)).find((line) => line.startsWith(`${DATA} `)) ?? '',
    )?.[1];
  }

  /** The listing outside runback's own places and without what a restart rewrites. */
  function settled(host: string): readonly string[] {
    return withoutIdentity(listing(lab.host(host))).filter(
      (line) => !line.startsWith('/var/lib/runback') && !line.startsWith('/run/'),
    );
  }
});
