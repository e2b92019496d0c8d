import { it } from 'vitest';
import { live } from '../lab/index.js';
import type { Site } from './site.js';
import { wholeStory } from './whole-story.js';
import { withSite } from './with-site.js';

live('the whole story on five members', () => {
  let site: Site;

  withSite({ name: 'five', members: 5 }, (made) => {
    ({ site } = made);
  });

  it('is the same as on three', () =>
    wholeStory(site, { keys: 600, generation: 'first', bump: 0 }));
});
