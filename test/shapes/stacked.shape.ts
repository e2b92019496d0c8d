import { expect } from 'vitest';
import type { Site } from '../live/site.js';
import { restore } from '../live/whole-story.js';
import { shape } from './shape.js';

shape('stacked', {
  is: 'three hosts as kubeadm makes them, stopped and started around a restore',
  alsoRestored: async (site, snapshot) => {
    await run(site, 'stop-control-plane.yml');
    await restore(site, snapshot);
    // What the restore has brought back from its copies is stopped and started like any other.
    await run(site, 'stop-control-plane.yml');
    await run(site, 'start-control-plane.yml');
    await site.lab.untilReady();
    await run(site, 'verify.yml');
  },
});

async function run(site: Site, playbook: string): Promise<void> {
  const ended = await site.run(playbook);
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
}

shape('stacked35', { is: 'the same with an etcd that raises the revision', lab: { etcd: '3.5' } });
