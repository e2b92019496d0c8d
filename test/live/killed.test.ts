import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Lab, live, untilTrue } from '../lab/index.js';
import { MOMENTS, type Moment, runUntilCaught, stepsInFlight } from './caught.js';
import { chanceOf, newSeed } from './chance.js';
import { expectOld, FATES, KEYS, kill, letGo, lose, MARK, restoreOf } from './killing.js';
import { lastEvent, type RunEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const ETCD = '/etc/kubernetes/manifests/etcd.yaml';
const seed = newSeed();

live('a run whose controller is killed, and that is taken back', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'killed' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  it.each(Object.entries(MOMENTS))(
    `%s: rollback in a new process (seed ${seed})`,
    async (name, moment) => {
      const chance = chanceOf(seed, name);
      const [host, fate] = [chance.oneOf(lab.hosts), chance.oneOf(FATES)];
      console.log(`${moment.when}, rollback: on ${host.name}, ${fate} (RUNBACK_SEED=${seed})`);
      await lab.members.write(MARK, name);
      const caught = await runUntilCaught(site, host, moment, restoreOf(snapshot));
      await kill(site, caught, host, moment);
      if (fate === 'it still runs') await expectLocked();
      else await lose(caught, host, fate);
      const ended = await site.watched(letGo(caught), 'rollback', caught.run, '--yes');
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      expect(lastEvent(ended)).toMatchObject({ mode: 'rollback', outcome: 'done', left: [] });
      await lab.untilReady();
      await expectOld(lab, name);
    },
  );

  it(`while it goes back: going back is finished by a new process, twice (seed ${seed})`, async () => {
    const chance = chanceOf(seed, 'going back');
    const host = chance.oneOf(lab.hosts);
    await lab.members.write(MARK, 'going back');
    const forward = await runUntilCaught(site, host, MOMENTS.starting, restoreOf(snapshot));
    await kill(site, forward, host, MOMENTS.starting);
    await lose(forward, host, 'it finishes by itself');
    for (const [verb, moment] of [
      ['rollback', backwards('*/etcd /var/lib/runback/work/*/etcd')],
      ['resume', backwards('*/etcd.before /var/lib/etcd')],
    ] as const) {
      const back = await runUntilCaught(site, host, moment, [verb, forward.run, '--yes']);
      await kill(site, { ...back, run: forward.run }, host, moment);
      await lose(back, host, chance.oneOf(['it finishes by itself', 'it dies as well']));
    }
    const ended = await site.command('rollback', forward.run, '--yes');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    await lab.untilReady();
    await expectOld(lab, 'going back');
  });

  it('goes back only when the kubelet has started what it was told to, and has ended it again', async () => {
    const cp1 = lab.host('cp1');
    await lab.members.write(MARK, 'told twice');
    const caught = await runUntilCaught(site, cp1, MOMENTS.starting, restoreOf(snapshot));
    const [kubelet] = cp1.processes('kubelet');
    if (kubelet === undefined) throw new Error('no kubelet runs on cp1');
    process.kill(kubelet.pid, 'SIGSTOP');
    await kill(site, caught, cp1, MOMENTS.starting);
    caught.trap.remove();
    const said = cp1.log('kubelet').length;
    await untilTrue('etcd.yaml is back', 10_000, () => existsSync(cp1.path(ETCD)));
    let [isThawed, isEarly] = [false, false];
    const thaw = (): void => {
      isThawed = true;
      process.kill(kubelet.pid, 'SIGCONT');
    };
    const onEvent = ({ type, task }: RunEvent): void => {
      if (type !== 'task.started') return;
      // A rollback that does not wait is through with this task long before.
      if (task === MOMENTS.starting.task) setTimeout(thaw, 3_000);
      if (task === MOMENTS.swapping.task) isEarly = !isThawed;
    };
    const ended = await site.watched({ onEvent }, 'rollback', caught.run, '--yes');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(
      isThawed && !isEarly,
      'the data moved back under a kubelet that was about to start etcd',
    ).toBe(true);
    expect(cp1.log('kubelet').slice(said)).toMatch(/started \S*etcd from [\s\S]*etcd has ended/);
    await lab.untilReady();
    await expectOld(lab, 'told twice');
  });

  it('finishes what is in flight on SIGINT, ends with 130, and goes back by command', async () => {
    await lab.members.write(MARK, 'interrupted');
    const caught = await runUntilCaught(
      site,
      lab.host('cp2'),
      MOMENTS.parking,
      restoreOf(snapshot),
    );
    process.kill(caught.pid, 'SIGINT');
    caught.trap.remove();
    const stopped = await caught.ended;
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130);
    expect(lastEvent(stopped)).toMatchObject({ outcome: 'interrupted', exit_code: 130 });
    expect(stepsInFlight(site, lab.host('cp2'), caught.run)).toEqual([]);
    const back = await site.command('rollback', caught.run, '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    await lab.untilReady();
    await expectOld(lab, 'interrupted');
  });

  it('gives a stuck lock back by `unlock`, and only after a yes', async () => {
    const caught = await runUntilCaught(
      site,
      lab.host('cp1'),
      MOMENTS.sending,
      restoreOf(snapshot),
    );
    await kill(site, caught, lab.host('cp1'), MOMENTS.sending);
    await lose(caught, lab.host('cp1'), 'it dies as well');
    const asked = await site.command('unlock');
    expect(asked.code).toBe(3);
    const released = await site.command('unlock', '--yes');
    expect(released.code, released.stdout + released.stderr).toBe(0);
    const restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
  });

  async function expectLocked(): Promise<void> {
    const locked = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(lastEvent(locked).failure).toMatchObject({ code: 'lock-held' });
  }
});

/** A rename of a rollback. */
function backwards(words: string): Moment {
  return { when: 'going back', task: '5.7', program: 'mv', words: `-T -- ${words}` };
}
