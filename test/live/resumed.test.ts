import { expect, it } from 'vitest';
import { type Lab, type LabHost, live } from '../lab/index.js';
import { type Caught, MOMENTS, runUntilCaught } from './caught.js';
import { chanceOf, newSeed } from './chance.js';
import { expectRestored, FATES, KEYS, kill, letGo, lose, MARK, restoreOf } from './killing.js';
import { lastEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const seed = newSeed();

live('a run whose controller is killed, and that is taken up', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'resumed' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  it.each(Object.entries(MOMENTS))(
    `%s: resume in a new process (seed ${seed})`,
    async (name, moment) => {
      const chance = chanceOf(seed, `resume ${name}`);
      const [host, fate] = [chance.oneOf(lab.hosts), chance.oneOf(FATES)];
      console.log(`${moment.when}, resume: on ${host.name}, ${fate} (RUNBACK_SEED=${seed})`);
      await lab.members.write(MARK, name);
      const caught = await runUntilCaught(site, host, moment, restoreOf(snapshot));
      await kill(site, caught, host, moment);
      if (fate !== 'it still runs') await lose(caught, host, fate);
      const ended = await site.watched(letGo(caught), 'resume', caught.run, '--yes');
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      expect(lastEvent(ended)).toMatchObject({ mode: 'resume', outcome: 'done', left: [] });
      await lab.untilReady();
      await expectRestored(lab);
    },
  );

  it(`one run is killed at every moment, and resumed each time (seed ${seed})`, async () => {
    const chance = chanceOf(seed, 'resume');
    await lab.members.write(MARK, 'resume');
    let words = restoreOf(snapshot);
    let last: { caught: Caught; host: LabHost } | undefined;
    for (const moment of Object.values(MOMENTS)) {
      // Not on the same host twice in a row: the trap before may still hold its program.
      const host = chance.oneOf(lab.hosts.filter((one) => one !== last?.host));
      const fate = chance.oneOf(FATES);
      console.log(`${moment.when}, resume: on ${host.name}, ${fate} (RUNBACK_SEED=${seed})`);
      const caught = await runUntilCaught(site, host, moment, words, letGo(last?.caught));
      await kill(site, caught, host, moment);
      if (fate !== 'it still runs') await lose(caught, host, fate);
      last = { caught, host };
      words = ['resume', caught.run, '--yes'];
    }
    const ended = await site.watched(letGo(last?.caught), 'resume', ...words.slice(1));
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(lastEvent(ended)).toMatchObject({ mode: 'resume', outcome: 'done', left: [] });
    await lab.untilReady();
    await expectRestored(lab);
  });
});
