import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, live } from '../lab/index.js';
import { lastEvent } from './runback.js';
import { keysByMember, type Site } from './site.js';
import { withSite } from './with-site.js';

const KEYS = 500;
const PODS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

live('when nothing runs any more', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'nothing' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  it('restores with the manifests moved away by hand, as the guide does, and empty data directories', async () => {
    for (const host of lab.hosts) {
      for (const pod of PODS) {
        const from = `/etc/kubernetes/manifests/${pod}.yaml`;
        await host.run(['mv', from, `/tmp/${pod}.yaml.bak`]);
      }
    }
    for (const pod of PODS) await lab.untilGone(pod);
    for (const host of lab.hosts) await host.run(['sh', '-c', 'rm -rf /var/lib/etcd/*']);
    await expectRestored('The old data are kept: cp1 /');
  });

  it('restores from the record alone, with no manifest and no data directory left', async () => {
    for (const host of lab.hosts) {
      await host.run(['sh', '-c', 'rm -f /etc/kubernetes/manifests/* /tmp/*.yaml.bak']);
    }
    for (const pod of PODS) await lab.untilGone(pod);
    for (const host of lab.hosts) await host.run(['rm', '-rf', '/var/lib/etcd']);
    await expectRestored('There were no old data to keep.');
  });

  it('restores after the shipped disaster', async () => {
    const broken = await site.run('disaster.yml');
    expect(broken.code, broken.stdout + broken.stderr).toBe(0);
    expect(await lab.members.isHealthy('cp1')).toBe(false);
    await expectNobodyForgotten();
    await expectRestored();
  });

  it('breaks nothing where the inventory does not say that it may', async () => {
    const refused = await site.run('disaster.yml', '-e', 'runback_disposable=false');
    expect(refused.code).toBe(3);
    expect(lastEvent(refused).failure).toMatchObject({ code: 'assertion' });
    expect(await lab.members.isHealthy('cp1')).toBe(true);
  });

  /** No etcd says any more who its members are; the manifests of the others still do. */
  async function expectNobodyForgotten(): Promise<void> {
    const two = join(site.directory, 'two.yml');
    const text = readFileSync(lab.inventoryFile, 'utf8');
    writeFileSync(two, text.replaceAll(/^ +cp3:\n( +ansible_host: .*\n)?/gm, ''));
    const refused = await site.run('restore.yml', '-i', two, '-e', `snapshot=${snapshot}`);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(lastEvent(refused).failure).toMatchObject({
      message: 'one error stands in the way: member-only-named',
    });
  }

  async function expectRestored(says = ''): Promise<void> {
    const restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    expect(restored.stdout).toContain(says);
    await lab.untilReady();
    for (const [name, keys] of await keysByMember(lab)) expect(keys, name).toHaveLength(KEYS);
  }
});
