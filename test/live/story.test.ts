import { join } from 'node:path';
import { expect, it } from 'vitest';
import { difference, keyNumber, type Lab, live, valueNumber } from '../lab/index.js';
import { expectGolden } from './golden.js';
import { type Ended, lastEvent } from './runback.js';
import { keysByMember, listings, type Site } from './site.js';
import { expectNoStall } from './whole-story.js';
import { withSite } from './with-site.js';

const KEYS = 2_000;

live('backup, dry run and restore of a running cluster', () => {
  let lab: Lab;
  let site: Site;

  withSite({ name: 'story' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
  });

  it('brings every key back, drops what came later, and makes a new cluster of the same members', async () => {
    const snapshot = await site.backup();
    await lab.members.put(300, 'later');
    await lab.members.write('/registry/pods/late/comer', 'must be gone');
    const old = await lab.members.status('cp1');

    const restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    expect(lastEvent(restored)).toMatchObject({ type: 'run.finished', outcome: 'done' });
    expect(lastEvent(restored).downtime_ms).toBeGreaterThan(0);

    for (const [name, keys] of await keysByMember(lab)) {
      expect(keys, name).toHaveLength(KEYS);
      for (let number = 0; number < KEYS; number++) {
        const found = keys.find((one) => one.key === keyNumber(number));
        expect(found?.value, `${name} ${keyNumber(number)}`).toBe(valueNumber(number, 'first'));
      }
    }
    const now = await lab.members.status('cp1');
    expect(now.clusterId).not.toBe(old.clusterId);
    await lab.untilReady();
    await lab.members.write('/registry/after', 'the restore');
  });

  it('changes nothing in a dry run, as the lab itself sees it', async () => {
    const snapshot = await site.backup();
    const before = listings(lab);
    const revision = (await lab.members.status('cp1')).revision;
    const planned = await site.plan('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    for (const [name, lines] of listings(lab)) {
      expect(difference(before.get(name) ?? [], lines), name).toEqual([]);
    }
    expect((await lab.members.status('cp1')).revision).toBe(revision);
    expectGolden('restore-plan.txt', await foretold(planned));
  });

  it('does a saved plan although the cluster has lived on since', async () => {
    const snapshot = await site.backup();
    const backedUp = (await lab.members.allKeys('cp1')).length;
    const file = join(site.directory, 'restore.plan');
    const planned = await site.plan('restore.yml', '-e', `snapshot=${snapshot}`, '-o', file);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    await lab.members.put(50, 'behind the plan', KEYS);
    const applied = await site.command('apply', file, '--yes');
    expect(applied.code, applied.stdout + applied.stderr).toBe(0);
    for (const [name, keys] of await keysByMember(lab)) expect(keys, name).toHaveLength(backedUp);
    await lab.untilReady();
    expectNoStall(lab);
  });

  /** What was foretold for each step, with the hosts named by their part: who leads changes by itself. */
  async function foretold(planned: Ended): Promise<string> {
    const parts = new Map<string, string>([['controller', 'controller']]);
    for (const { name } of lab.hosts) {
      const { isLeader } = await lab.members.status(name);
      parts.set(name, isLeader ? 'leader' : 'follower');
    }
    const steps = planned.events.filter((event) => event.type === 'step.finished');
    const lines = steps.map(({ task, name, host, outcome, why }) => {
      const isAlone = steps.filter((step) => step.task === task).length === 1;
      const part = isAlone && host !== 'controller' ? 'the first host' : parts.get(host ?? '');
      const until = outcome === 'deferred' ? ` until ${String(why)}` : '';
      return `${task} ${name}: ${part} ${outcome}${until}`;
    });
    const order = (line: string) =>
      line
        .split(' ')[0]
        ?.split('.')
        .map((part) => part.padStart(3, '0'))
        .join('.');
    const sorted = [...new Set(lines)].sort((a, b) =>
      `${order(a)} ${a}` < `${order(b)} ${b}` ? -1 : 1,
    );
    return `${sorted.join('\n')}\n`;
  }
});
