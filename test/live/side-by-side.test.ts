import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { live } from '../lab/index.js';
import { Site } from './site.js';
import { wholeStory } from './whole-story.js';
import { withLabs } from './with-site.js';

/** etcd 3.5 has etcdutl, and its restore can raise the revision. */
const BUMP = 1_000_000_000;

live('two clusters side by side', () => {
  let sites: readonly Site[] = [];

  const newest = { name: 'newer', etcd: '3.5' } as const;
  withLabs([newest, { name: 'alone', members: 1 }], (labs) => {
    sites = labs.map((lab) => new Site(lab));
  });

  afterAll(() => {
    for (const site of sites) site.close();
  });

  it('go the whole way at the same time, etcd 3.5 on three hosts and 3.4 on one, and do not touch each other', async () => {
    const [newer, alone] = sites;
    if (newer === undefined || alone === undefined) throw new Error('two labs are needed');
    // There etcdctl has to do it, and says at each call that it is deprecated.
    await newer.lab.host('cp2').run(['rm', '/usr/local/bin/etcdutl']);
    // Here nobody logs in as root: sudo does it, without a password.
    const inventory = readFileSync(alone.lab.inventoryFile, 'utf8');
    const asDeploy = inventory.replace('ansible_user: root', 'ansible_user: deploy');
    writeFileSync(alone.lab.inventoryFile, asDeploy);
    await Promise.all([
      wholeStory(newer, { keys: 800, generation: 'newer', bump: BUMP }),
      wholeStory(alone, { keys: 500, generation: 'alone', bump: 0 }),
    ]);
    for (const { lab } of sites) {
      for (const host of lab.hosts) {
        const { stdout } = await host.run(['ls', '/var/lib/runback']);
        expect(stdout.trim().split('\n').sort(), host.name).toEqual([lab.name, 'work']);
      }
    }
  });
});
