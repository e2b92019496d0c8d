import { expect, it } from 'vitest';
import { type Lab, live } from '../lab/index.js';
import { lastEvent } from '../live/runback.js';
import type { Site } from '../live/site.js';
import { expectNoStall } from '../live/whole-story.js';
import { withSite } from '../live/with-site.js';

const RESTORES = 20;

live('twenty restores in a row', () => {
  let lab: Lab;
  let site: Site;

  withSite({ name: 'twenty' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(1_000);
  });

  it('never show the stall of the leader’s hand-over', async () => {
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
    expectNoStall(lab);
  });
});
