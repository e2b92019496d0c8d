import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, live, untilTrue } from '../lab/index.js';
import { lastEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const FROM_COPIES = [
  ...['-e', 'manifests_dir=/etc/kubernetes/none'],
  ...['-e', 'parked_copies=["/root/copies/POD.yaml"]'],
];

live('what this version cannot restore', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'cannot' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(100);
    snapshot = await site.backup();
  });

  /** All manifests once more, in a folder that nobody runs. */
  async function copyManifests(): Promise<void> {
    for (const host of lab.hosts) {
      await host.run([
        'sh',
        '-c',
        'rm -rf /root/copies; cp -a /etc/kubernetes/manifests /root/copies',
      ]);
    }
  }

  async function expectRefused(code: string, ...words: readonly string[]): Promise<void> {
    const running = lab.hosts.map((host) => host.processes('etcd').map(({ pid }) => pid));
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`, ...words);
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    expect(codesIn(lastEvent(ended).failure)).toContain(code);
    expect(ended.events.some((event) => event.outcome === 'changed')).toBe(false);
    expect(lab.hosts.map((host) => host.processes('etcd').map(({ pid }) => pid))).toEqual(running);
  }

  it('is a mount point in the middle of a data directory', async () => {
    const host = lab.host('cp2');
    await host.run(['mount', '--bind', '/var/lib/etcd/member', '/var/lib/etcd/member']);
    await expectRefused('data-not-movable');
    await host.run(['umount', '/var/lib/etcd/member']);
  });

  it('is a WAL directory that moves when the data are moved', async () => {
    await copyManifests();
    const file = lab.host('cp1').path('/root/copies/etcd.yaml');
    const text = readFileSync(file, 'utf8');
    const flag = '- --wal-dir=/var/lib/etcd/member/log\n    - --data-dir=';
    writeFileSync(file, text.replace('- --data-dir=', flag));
    await expectRefused('data-not-movable', ...FROM_COPIES);
  });

  it('is etcd without a static pod’s manifest', async () => {
    const places = '          copies: ${{ vars.parked_copies }}\n';
    const record = '          record: ${{ results.snapshot.record }}\n';
    const staging = '          staging_dir';
    site.edit('restore.yml', `${places}${record}${staging}`, `${places}${staging}`);
    await copyManifests();
    for (const host of lab.hosts) rmSync(host.path('/root/copies/etcd.yaml'));
    await expectRefused('etcd-not-static-pod', ...FROM_COPIES);
    site.edit('restore.yml', `${places}${staging}`, `${places}${record}${staging}`);
  });

  it('is an API server without a static pod’s manifest', async () => {
    await expectRefused('api-server-not-static-pod', '-e', 'manifests_dir=/etc/kubernetes/none');
  });

  it('is an inventory that does not hold every API server', async () => {
    const inventory = join(site.directory, 'forgotten.yml');
    const text = readFileSync(lab.inventoryFile, 'utf8');
    writeFileSync(inventory, text.replace(/(kube_control_plane:\n +hosts:\n) +cp1:\n/, '$1'));
    await expectRefused('api-server-outside-group', '-i', inventory);
  });

  it('is an inventory that does not hold every member', async () => {
    const inventory = join(site.directory, 'two.yml');
    const text = readFileSync(lab.inventoryFile, 'utf8');
    writeFileSync(inventory, text.replaceAll(/^ +cp3:\n( +ansible_host: .*\n)?/gm, ''));
    await expectRefused('members-disagree', '-i', inventory);
  });

  it('is a cluster with a learner', async () => {
    const access = [
      '--endpoints=https://127.0.0.1:2379',
      '--cacert=/etc/kubernetes/pki/etcd/ca.crt',
      '--cert=/etc/kubernetes/pki/etcd/server.crt',
      '--key=/etc/kubernetes/pki/etcd/server.key',
    ];
    const env = ['env', 'ETCDCTL_API=3'];
    const add = ['etcdctl', 'member', 'add', 'late', '--learner'];
    const peer = '--peer-urls=https://192.0.2.9:2380';
    let id = '';
    // etcd refuses a new member while its peers have been connected for less than five seconds.
    await untilTrue('the learner is a member', 20_000, async () => {
      const added = await lab.host('cp1').run([...env, ...add, peer, ...access]);
      id = /Member\s+([0-9a-f]+) added/.exec(added.stdout)?.[1] ?? '';
      return added.code === 0;
    });
    await expectRefused('learner');
    await untilTrue('the learner is gone', 20_000, async () => {
      const removed = await lab
        .host('cp1')
        .run([...env, 'etcdctl', 'member', 'remove', id, ...access]);
      return removed.code === 0;
    });
  });
});

/** Why a run was refused: the failure's own code, and those of what the preflight found. */
function codesIn(failure: unknown): readonly string[] {
  const { code, findings = [] } = failure as {
    code: string;
    findings?: readonly { code: string }[];
  };
  return [code, ...findings.map((one) => one.code)];
}
