import { expect, it } from 'vitest';
import { type Lab, live } from '../lab/index.js';
import { chanceOf, newSeed } from '../live/chance.js';
import type { Site } from '../live/site.js';
import { withSite } from '../live/with-site.js';
import { KEYS, told, torture } from './story.js';

const seed = newSeed();
/** `npm run torture -- --seed N --runs N` tells more. */
const runs = Number(process.env.RUNBACK_TORTURE_RUNS ?? 3);

live('torture', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'torture' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  for (let number = 1; number <= runs; number++) {
    it(`restore ${number} of ${runs} with a fault ends as one of the two (seed ${seed})`, async () => {
      const story = await torture(site, snapshot, chanceOf(seed, `torture ${number}`));
      console.log(`${number}  ${told(story)}  (RUNBACK_SEED=${seed})`);
      expect(['the backup', 'as before']).toContain(story.state);
    });
  }
});
