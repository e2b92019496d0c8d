import { expect, it } from 'vitest';
import { type Lab, type LabHost, live } from '../lab/index.js';
import { type Caught, MOMENTS, type Moment, runUntilCaught } from './caught.js';
import { type Ended, lastEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const KEYS = 200;
const LATER = '/registry/after/the-backup';

live('a host that loses its power in the middle of a restore', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'power' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  for (const moment of [MOMENTS.preparing, MOMENTS.parking, MOMENTS.starting]) {
    it(`${moment.when}: the run stops, and when it is back rollback leads to the old cluster`, async () => {
      await lab.members.write(LATER, moment.when);
      const host = lab.host('cp2');
      const caught = await loseIn(moment, host);
      await host.boot();
      expectUnknown(await caught.ended, moment, host);
      await goBack(caught.run);
      await expectOld(moment.when);
    });
  }

  it('when etcd is gone, and it stays away: nothing goes on without it', async () => {
    const moment = MOMENTS.swapping;
    await lab.members.write(LATER, moment.when);
    const host = lab.host('cp3');
    const caught = await loseIn(moment, host);
    expectUnknown(await caught.ended, moment, host);
    for (const verb of ['rollback', 'resume']) {
      const tried = await site.command(verb, caught.run, '--yes');
      expect(tried.code, tried.stdout + tried.stderr).not.toBe(0);
      expect(lastEvent(tried).failure).toMatchObject({ kind: 'unreachable', host: host.name });
      expect(tried.events.filter(({ type }) => type === 'step.finished')).toEqual([]);
    }
    await host.boot();
    await goBack(caught.run);
    await expectOld(moment.when);
  });

  it('behind the point of no return: when it is back, resume goes on to the end', async () => {
    const [moment, host] = [MOMENTS.final, lab.host('cp1')];
    await lab.members.write(LATER, moment.when);
    const caught = await loseIn(moment, host);
    await host.boot();
    expectUnknown(await caught.ended, moment, host);
    const resumed = await site.command('resume', caught.run, '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    await lab.untilHealthy();
    await lab.untilReady();
    for (const { name } of lab.hosts) {
      expect(await lab.members.allKeys(name), name).toHaveLength(KEYS);
    }
  });

  async function loseIn(moment: Moment, host: LabHost): Promise<Caught> {
    const words = ['run', 'playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
    const caught = await runUntilCaught(site, host, moment, words);
    await host.powerOff();
    caught.trap.remove();
    return caught;
  }

  /** It says which step on which host nobody saw the end of, and what to type; the lock is kept. */
  function expectUnknown(ended: Ended, { task }: Moment, host: LabHost): void {
    expect(ended.code, ended.stdout + ended.stderr).toBe(7);
    const { failure, left } = lastEvent(ended);
    expect(failure).toMatchObject({ code: 'outcome-unknown', host: host.name });
    expect(failure).toMatchObject({ next: expect.stringContaining('runback rollback') });
    expect(left).toContain(`${task} ${host.name}`);
  }

  async function goBack(run: string): Promise<void> {
    const back = await site.command('rollback', run, '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(lastEvent(back)).toMatchObject({ outcome: 'done', left: [] });
    await lab.untilHealthy();
    await lab.untilReady();
  }

  async function expectOld(value: string): Promise<void> {
    for (const { name } of lab.hosts) {
      const keys = await lab.members.allKeys(name);
      expect(keys.find(({ key }) => key === LATER)?.value, name).toBe(value);
      expect(keys, name).toHaveLength(KEYS + 1);
    }
  }
});
