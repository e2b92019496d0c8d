import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, live, up } from '../lab/index.js';
import { lastEvent } from './runback.js';
import { Site } from './site.js';

const RESTORES = 20;
/** What etcd's leader waits for a follower that is itself stopping; its log names it. */
const STALL = /leadership transfer failed/;

live('twenty restores in a row', () => {
  let lab: Lab;
  let site: Site;

  beforeAll(async () => {
    lab = await up({ name: 'twenty' });
    site = new Site(lab);
    await lab.members.put(1_000);
  });

  afterAll(async () => {
    site?.close();
    await lab?.down();
  });

  it('never show the stall of the leader’s hand-over', { timeout: 400_000 }, async () => {
    const snapshot = await site.backup();
    const downtimesMs: number[] = [];
    for (let count = 1; count <= RESTORES; count++) {
      const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      downtimesMs.push(lastEvent(ended).downtime_ms ?? Number.NaN);
      await lab.untilReady();
    }
    console.log(`downtime of ${RESTORES} restores, ms: ${downtimesMs.join(' ')}`);
    expect(downtimesMs.every(Number.isFinite)).toBe(true);
    for (const host of lab.hosts) expect(host.log('etcd'), host.name).not.toMatch(STALL);
  });
});
