import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, live } from '../lab/index.js';
import { lastEvent } from '../live/runback.js';
import { keysByMember, type Site } from '../live/site.js';
import { withSite } from '../live/with-site.js';

const KEYS = 200;
const STALE = '10.255.255.9';
const PODS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

live('a new address of a member whose data lie on mounts, and a raw copy', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite(
    { name: 'shape-moved', hosts: { cp1: { data: 'mount', wal: 'mount' } } },
    async (made) => {
      ({ lab, site } = made);
      await lab.members.put(KEYS);
      snapshot = await site.backup();
      for (const host of lab.hosts) {
        for (const pod of PODS) {
          await host.run(['mv', `/etc/kubernetes/manifests/${pod}.yaml`, `/tmp/${pod}.yaml`]);
        }
      }
      for (const pod of PODS) await lab.untilGone(pod);
    },
  );

  it('is refused until the map says so, and then written into the manifest', async () => {
    const file = lab.host('cp1').path('/tmp/etcd.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(lab.host('cp1').address, STALE));
    const refused = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(JSON.stringify(lastEvent(refused).failure)).toContain('address-moved');
    const map = JSON.stringify({ cp1: lab.host('cp1').address });
    const words = ['-e', `snapshot=${snapshot}`, '-e', `new_addresses=${map}`];
    const wait = '      - name: Wait for the quorum';
    const failing = '      - { name: Fail, assert: { that: [false], message: forced } }';
    site.edit('restore.yml', wait, `${failing}\n${wait}`);
    const failed = await site.run('restore.yml', ...words);
    site.edit('restore.yml', `${failing}\n${wait}`, wait);
    expect(failed.code, failed.stdout + failed.stderr).toBe(4);
    expect(readdirSync(lab.host('cp1').path('/etc/kubernetes/manifests'))).toEqual([]);
    expect(readFileSync(file, 'utf8')).toContain(STALE);
    const planned = await site.plan('restore.yml', ...words);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    expect(planned.stdout).toContain(STALE);
    const restored = await site.run('restore.yml', ...words);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    await lab.untilReady();
    for (const [name, keys] of await keysByMember(lab)) expect(keys, name).toHaveLength(KEYS);
    const now = readFileSync(lab.host('cp1').path('/etc/kubernetes/manifests/etcd.yaml'), 'utf8');
    expect(now).toBe(text);
  });

  it('restores a copy of a data directory when it is told so', async () => {
    const raw = join(site.directory, 'copied');
    await lab.members.put(1, 'second');
    cpSync(lab.host('cp2').path('/var/lib/etcd'), raw, { recursive: true });
    const words = ['-e', `snapshot=${raw}`];
    const refused = await site.run('restore.yml', ...words, '-e', 'record=optional');
    expect(refused.code).toBe(3);
    expect(JSON.stringify(lastEvent(refused).failure)).toContain('raw-database');
    const restored = await site.run('restore.yml', ...words, '-e', 'snapshot_kind=raw');
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    expect(restored.stdout).toContain('snapshot-without-digest');
    await lab.untilReady();
    for (const [name, keys] of await keysByMember(lab)) expect(keys, name).toHaveLength(KEYS);
  });
});
