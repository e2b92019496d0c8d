import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { difference, type Lab, listing, live, must, withoutIdentity } from '../lab/index.js';
import { type Ended, lastEvent, type RunEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const DATA = '/var/lib/etcd';

const START = 'Start etcd on every member';

/** `cp1 changed`: what happened to a task's steps, in the order of time. */
function outcomesIn(ended: Ended, task: string): readonly string[] {
  return ended.events
    .filter(({ type, name }) => type === 'step.finished' && name === task)
    .map(({ host, outcome }) => `${host} ${outcome}`);
}

live('a restore that fails', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'goback' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(500);
    snapshot = await site.backup();
    await lab.members.put(200, 'after the backup');
  });

  it('goes back when one host cannot swap after the other two have', async () => {
    const before = await oldCluster();
    const frozen = lab.host('cp3').path(DATA);
    await must(['chattr', '+i', frozen]);
    const ended = await restore((event) => {
      // The disk that would not let go of its directory is mended while runback goes back.
      if (event.type === 'rollback.started') execFileSync('chattr', ['-i', frozen]);
    });
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended)).toMatchObject({ outcome: 'rolled-back', exit_code: 4, left: [] });
    const swaps = outcomesIn(ended, 'Swap the data directories');
    expect(swaps).toEqual(expect.arrayContaining(['cp1 changed', 'cp2 changed', 'cp3 failed']));
    await expectOldCluster(before);
  });

  it('goes back when a member is cut off after etcd was started', async () => {
    const before = await oldCluster();
    let cut: Promise<void> | undefined;
    let healed: Promise<void> | undefined;
    const ended = await restore((event) => {
      if (event.type === 'step.finished' && event.name === START && event.host === 'cp3') {
        cut ??= lab.host('cp2').blockPorts([2379, 2380]);
      }
      if (event.type === 'rollback.started') healed ??= lab.host('cp2').unblockPorts();
    });
    await Promise.all([cut, healed]);
    expect(cut).toBeDefined();
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    const starts = outcomesIn(ended, START);
    expect(starts.filter((line) => line.endsWith('undone'))).toHaveLength(3);
    await expectOldCluster(before);
  });

  function restore(onEvent: (event: RunEvent) => void) {
    const words = [
      'playbooks/restore.yml',
      '--yes',
      '-e',
      `snapshot=${snapshot}`,
      '-e',
      'quorum_within=6s',
    ];
    return site.watched({ onEvent }, 'run', ...words);
  }

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
