import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LabHost } from '../lab/host.js';
import { type Lab, live } from '../lab/index.js';
import { untilTrue } from '../lab/until.js';
import { lastEvent } from './runback.js';
import { keysByMember, type Site } from './site.js';
import { withSite } from './with-site.js';

const KEYS = 200;
const WITHOUT = ['--without', 'cp3'];

live('a host that is gone', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'without' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  it('is refused while it still answers, and nothing is changed', async () => {
    const refused = await site.run('restore.yml', '-e', `snapshot=${snapshot}`, ...WITHOUT);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(JSON.stringify(lastEvent(refused).failure)).toContain('fenced-member-alive');
    expect(await lab.members.isHealthy('cp1')).toBe(true);
  });

  it('is left out of the restored cluster', async () => {
    await lab.host('cp3').powerOff();
    const restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`, ...WITHOUT);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    const said = restored.events.map(({ result }) => (result as { message?: string })?.message);
    expect(said).toContain(
      'cp3 is left out: the restored cluster has 2 members, the quorum is 2, no further loss is borne.',
    );
    expect(await lab.members.memberNames('cp1')).toEqual(['cp1', 'cp2']);
    const { run = '' } = restored.events[0] ?? {};
    const journal = join(site.directory, '.runback/runs', run, 'journal.jsonl');
    expect(readFileSync(journal, 'utf8').split('\n')[0]).toContain('"without":["cp3"]');
    const verified = await site.run('verify.yml', ...WITHOUT);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  });

  it('stays outside when it comes up with its old data', async () => {
    await lab.host('cp3').boot();
    await untilTrue('etcd on cp3', 60_000, () => lab.host('cp3').processes('etcd').length > 0);
    await untilTrue('the others refuse it', 60_000, () =>
      lab.host('cp3').log('etcd').includes('cluster ID mismatch'),
    );
    expect(await lab.members.memberNames('cp1')).toEqual(['cp1', 'cp2']);
  });

  it('comes back as it was when it cannot be added', async () => {
    const before = stateOf(lab.host('cp3'));
    const proof = '      - name: Prove that all members hold the same data';
    const failing = '      - { name: Fail, assert: { that: [false], message: forced } }';
    site.edit('add-member.yml', proof, `${failing}\n${proof}`);
    const failed = await site.run('add-member.yml', '-e', 'member=cp3');
    site.edit('add-member.yml', `${failing}\n${proof}`, proof);
    expect(failed.code, failed.stdout + failed.stderr).toBe(4);
    expect(await lab.members.memberNames('cp1')).toEqual(['cp1', 'cp2']);
    expect(stateOf(lab.host('cp3'))).toEqual(before);
  });

  it('is added again, with all data and its old directory kept', async () => {
    const added = await site.run('add-member.yml', '-e', 'member=cp3');
    expect(added.code, added.stdout + added.stderr).toBe(0);
    await lab.untilHealthy();
    await lab.untilReady();
    expect(await lab.members.memberNames('cp3')).toEqual(['cp1', 'cp2', 'cp3']);
    for (const [name, keys] of await keysByMember(lab)) expect(keys, name).toHaveLength(KEYS);
    const { run = '' } = added.events[0] ?? {};
    const kept = lab.host('cp3').path(`/var/lib/runback/work/${run}/etcd.before/member`);
    expect(existsSync(kept)).toBe(true);
    const verified = await site.run('verify.yml');
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    const again = await site.run('add-member.yml', '-e', 'member=cp3');
    expect(again.code, again.stdout + again.stderr).toBe(0);
    expect(lastEvent(again).counts).not.toHaveProperty('changed');
  });
});

/** Its manifests, the very data directory, and what runs. */
function stateOf(host: LabHost) {
  const folder = host.path('/etc/kubernetes/manifests');
  const manifests = readdirSync(folder).map((name) => [
    name,
    readFileSync(join(folder, name), 'utf8'),
  ]);
  return {
    manifests,
    inode: statSync(host.path('/var/lib/etcd')).ino,
    running: ['etcd', 'kube-apiserver'].map((name) => host.processes(name).length),
  };
}
