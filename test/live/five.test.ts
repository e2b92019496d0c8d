import { afterAll, beforeAll, it } from 'vitest';
import { type Lab, live, up } from '../lab/index.js';
import { Site } from './site.js';
import { wholeStory } from './whole-story.js';

live('the whole story on five members', () => {
  let lab: Lab;
  let site: Site;

  beforeAll(async () => {
    lab = await up({ name: 'five', members: 5 });
    site = new Site(lab);
  });

  afterAll(async () => {
    site?.close();
    await lab?.down();
  });

  it('is the same as on three', () =>
    wholeStory(site, { keys: 600, generation: 'first', bump: 0 }));
});
