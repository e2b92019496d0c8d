import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, type LabHost, live, untilTrue, up, valueNumber } from '../lab/index.js';
import { type Caught, MOMENTS, type Moment, runUntilCaught, stepsInFlight } from './caught.js';
import { chanceOf, newSeed } from './chance.js';
import { lastEvent, type RunEvent, type Watch } from './runback.js';
import { Site } from './site.js';

const KEYS = 300;
const ETCD = '/etc/kubernetes/manifests/etcd.yaml';
const MARK = '/registry/mark/before-the-run';

/** What becomes of the frozen step once its controller is dead. */
const FATES = ['it finishes by itself', 'it dies as well', 'it still runs'] as const;
type Fate = (typeof FATES)[number];

const seed = newSeed();

live('a run whose controller is killed', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  beforeAll(async () => {
    lab = await up({ name: 'killed' });
    site = new Site(lab);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
  });

  afterAll(async () => {
    site?.close();
    await lab?.down();
  });

  const restore = (): readonly string[] => [
    'run',
    'playbooks/restore.yml',
    '--yes',
    '-e',
    `snapshot=${snapshot}`,
  ];

  it.each(Object.entries(MOMENTS))(
    `%s: rollback in a new process (seed ${seed})`,
    async (name, moment) => {
      const chance = chanceOf(seed, name);
      const [host, fate] = [chance.oneOf(lab.hosts), chance.oneOf(FATES)];
      console.log(`${moment.when}, rollback: on ${host.name}, ${fate} (RUNBACK_SEED=${seed})`);
      await lab.members.write(MARK, name);
      const caught = await runUntilCaught(site, host, moment, restore());
      await kill(caught, host, moment);
      if (fate === 'it still runs') await expectLocked();
      else await lose(caught, host, fate);
      const ended = await site.watched(letGo(caught), 'rollback', caught.run, '--yes');
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      expect(lastEvent(ended)).toMatchObject({ mode: 'rollback', outcome: 'done', left: [] });
      await lab.untilReady();
      await expectOld(name);
    },
  );

  it.each(Object.entries(MOMENTS))(
    `%s: resume in a new process (seed ${seed})`,
    async (name, moment) => {
      const chance = chanceOf(seed, `resume ${name}`);
      const [host, fate] = [chance.oneOf(lab.hosts), chance.oneOf(FATES)];
      console.log(`${moment.when}, resume: on ${host.name}, ${fate} (RUNBACK_SEED=${seed})`);
      await lab.members.write(MARK, name);
      const caught = await runUntilCaught(site, host, moment, restore());
      await kill(caught, host, moment);
      if (fate !== 'it still runs') await lose(caught, host, fate);
      const ended = await site.watched(letGo(caught), 'resume', caught.run, '--yes');
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      expect(lastEvent(ended)).toMatchObject({ mode: 'resume', outcome: 'done', left: [] });
      await lab.untilReady();
      await expectRestored();
    },
  );

  it(`one run is killed at every moment, and resumed each time (seed ${seed})`, async () => {
    const chance = chanceOf(seed, 'resume');
    await lab.members.write(MARK, 'resume');
    let words = restore();
    let last: { caught: Caught; host: LabHost } | undefined;
    for (const moment of Object.values(MOMENTS)) {
      // Not on the same host twice in a row: the trap before may still hold its program.
      const host = chance.oneOf(lab.hosts.filter((one) => one !== last?.host));
      const fate = chance.oneOf(FATES);
      console.log(`${moment.when}, resume: on ${host.name}, ${fate} (RUNBACK_SEED=${seed})`);
      const caught = await runUntilCaught(site, host, moment, words, letGo(last?.caught));
      await kill(caught, host, moment);
      if (fate !== 'it still runs') await lose(caught, host, fate);
      last = { caught, host };
      words = ['resume', caught.run, '--yes'];
    }
    const ended = await site.watched(letGo(last?.caught), 'resume', ...words.slice(1));
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(lastEvent(ended)).toMatchObject({ mode: 'resume', outcome: 'done', left: [] });
    await lab.untilReady();
    await expectRestored();
  });

  it(`while it goes back: going back is finished by a new process, twice (seed ${seed})`, async () => {
    const chance = chanceOf(seed, 'going back');
    const host = chance.oneOf(lab.hosts);
    await lab.members.write(MARK, 'going back');
    const forward = await runUntilCaught(site, host, MOMENTS.starting, restore());
    await kill(forward, host, MOMENTS.starting);
    await lose(forward, host, 'it finishes by itself');
    for (const [verb, moment] of [
      ['rollback', backwards('*/etcd /var/lib/runback/work/*/etcd')],
      ['resume', backwards('*/etcd.before /var/lib/etcd')],
    ] as const) {
      const back = await runUntilCaught(site, host, moment, [verb, forward.run, '--yes']);
      await kill({ ...back, run: forward.run }, host, moment);
      await lose(back, host, chance.oneOf(['it finishes by itself', 'it dies as well']));
    }
    const ended = await site.command('rollback', forward.run, '--yes');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    await lab.untilReady();
    await expectOld('going back');
  });

  it('goes back only when the kubelet has started what it was told to, and has ended it again', async () => {
    const cp1 = lab.host('cp1');
    await lab.members.write(MARK, 'told twice');
    const caught = await runUntilCaught(site, cp1, MOMENTS.starting, restore());
    const [kubelet] = cp1.processes('kubelet');
    if (kubelet === undefined) throw new Error('no kubelet runs on cp1');
    process.kill(kubelet.pid, 'SIGSTOP');
    await kill(caught, cp1, MOMENTS.starting);
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
    await expectOld('told twice');
  });

  it('finishes what is in flight on SIGINT, ends with 130, and goes back by command', async () => {
    await lab.members.write(MARK, 'interrupted');
    const caught = await runUntilCaught(site, lab.host('cp2'), MOMENTS.parking, restore());
    process.kill(caught.pid, 'SIGINT');
    caught.trap.remove();
    const stopped = await caught.ended;
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130);
    expect(lastEvent(stopped)).toMatchObject({ outcome: 'interrupted', exit_code: 130 });
    expect(stepsInFlight(site, lab.host('cp2'), caught.run)).toEqual([]);
    const back = await site.command('rollback', caught.run, '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    await lab.untilReady();
    await expectOld('interrupted');
  });

  it('gives a stuck lock back by `unlock`, and only after a yes', async () => {
    const caught = await runUntilCaught(site, lab.host('cp1'), MOMENTS.sending, restore());
    await kill(caught, lab.host('cp1'), MOMENTS.sending);
    await lose(caught, lab.host('cp1'), 'it dies as well');
    const asked = await site.command('unlock');
    expect(asked.code).toBe(3);
    const released = await site.command('unlock', '--yes');
    expect(released.code, released.stdout + released.stderr).toBe(0);
    const restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
  });

  /** kill -9, while the process lives and the step is in flight by the host's own notes. */
  async function kill(caught: Caught, host: LabHost, { program }: Moment): Promise<void> {
    expect(caught.trap.caught()?.comm).toBe(program);
    expect(stepsInFlight(site, host, caught.run)).toHaveLength(1);
    process.kill(caught.pid, 'SIGKILL');
    const killed = await caught.ended;
    expect(killed.events.some((event) => event.type === 'run.finished')).toBe(false);
  }

  /** What the frozen step does now, to its end. */
  async function lose(caught: Caught, host: LabHost, fate: Fate): Promise<void> {
    if (fate === 'it dies as well') await killStep(caught, host);
    caught.trap.remove();
  }

  async function killStep(caught: Caught, host: LabHost): Promise<void> {
    const frozen = caught.trap.caught();
    if (frozen === undefined) throw new Error('nothing is frozen any more');
    const step = host.processes().filter(({ session }) => session === frozen.session);
    // Who waits for the others goes first: it must not see how they end.
    for (const { pid } of step.toSorted((a, b) => a.pid - b.pid)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with the one that it waited for.
      }
    }
  }

  async function expectLocked(): Promise<void> {
    const locked = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(lastEvent(locked).failure).toMatchObject({ code: 'lock-held' });
  }

  async function expectOld(mark: string): Promise<void> {
    for (const { name } of lab.hosts) {
      const keys = await lab.members.allKeys(name);
      expect(keys.find(({ key }) => key === MARK)?.value, name).toBe(mark);
      expect(keys, name).toHaveLength(KEYS + 1);
    }
  }

  async function expectRestored(): Promise<void> {
    for (const { name } of lab.hosts) {
      const keys = await lab.members.allKeys(name);
      expect(keys, name).toHaveLength(KEYS);
      const values = new Set(keys.map(({ value }) => value));
      for (let number = 0; number < KEYS; number++) {
        expect(values.has(valueNumber(number, 'first')), `${name} ${number}`).toBe(true);
      }
    }
  }
});

/** A step that still runs is let go only when the next process has the lock, and waits for its end. */
function letGo(caught: Caught | undefined): Watch {
  return {
    onEvent: ({ type }) => {
      if (type === 'lock.taken') caught?.trap.remove();
    },
  };
}

/** A rename of a rollback. */
function backwards(words: string): Moment {
  return { when: 'going back', task: '5.7', program: 'mv', words: `-T -- ${words}` };
}
