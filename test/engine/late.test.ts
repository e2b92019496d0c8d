import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import type { HostName, RunId } from '../../src/core/names.js';
import type { Batch, Plan, Play, Task } from '../../src/core/plan.js';
import { err, ok } from '../../src/core/result.js';
import { dryRun } from '../../src/engine/dry-run.js';
import { resumeRun } from '../../src/engine/resume-run.js';
import { rollBackRun } from '../../src/engine/roll-back-run.js';
import { runPlan } from '../../src/engine/run.js';
import { statusOf } from '../../src/engine/run-status.js';
import { SimulatedHost } from './simulated-host.js';
import { moveTask, NAMES, planOf, requestFor, SimulatedWorld } from './simulated-run.js';

const WORKERS = ['w1', 'w2', 'w3'] as HostName[];
const [w1, w2, w3] = WORKERS as [HostName, HostName, HostName];

/** The cluster is moved behind a point of no return; then workers, in batches, where one may be away. */
function site(more: Partial<Task> = {}): Plan {
  const plan = planOf([moveTask('1.1', '/var/data', '/var/kept', { pointOfNoReturn: true })]);
  const work = (hosts: readonly HostName[]): Batch => {
    const task = { hosts, ignoreUnreachable: true, ...more };
    return { kind: 'batch', hosts, children: [moveTask('2.1', '/var/data', '/var/kept', task)] };
  };
  const batches = [work([w1]), work([w2, w3])];
  const late: Play = { ...(plan.plays[0] as Play), id: '2', whole: false, hosts: WORKERS, batches };
  const after = planOf([moveTask('3.1', '/var/staged', '/var/data')]).plays[0] as Play;
  return {
    ...plan,
    lateHosts: WORKERS,
    plays: [plan.plays[0] as Play, late, { ...after, id: '3' }],
  };
}

class World extends SimulatedWorld {
  /** Who was connected to, in order, and what had happened by then. */
  readonly met: string[] = [];
  readonly closed: string[] = [];

  constructor() {
    super();
    for (const name of WORKERS) {
      const machine = new SimulatedHost(name);
      machine.files.set('/var/data/db', `old ${name}`);
      this.machines.set(name, machine);
    }
    const { connect } = this.hosts;
    Object.assign(this.hosts, {
      connect: (host: HostName, ...rest: [boolean, AbortSignal]) => {
        if (WORKERS.includes(host)) this.met.push(`${host} behind ${this.outcomes().at(-1)}`);
        return connect(host, ...rest);
      },
      close: (host: HostName) => this.closed.push(host),
    });
  }

  down(...names: readonly HostName[]): this {
    for (const name of names) this.machine(name).isDown = true;
    return this;
  }

  holders(): readonly (string | undefined)[] {
    return [...NAMES, ...WORKERS].map((name) => this.machine(name).lock.holder?.run);
  }
}

const nobody = [...NAMES, ...WORKERS].map(() => undefined);

describe('hosts that are met late', () => {
  it('are connected to and locked when their batch begins, and let go behind it', async () => {
    const world = new World();
    const end = await runPlan(requestFor(site()), world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', notReached: [] });
    expect(world.met).toEqual([
      'w1 behind 1.1 cp3 changed',
      'w2 behind 2.1 w1 changed',
      'w3 behind 2.1 w1 changed',
    ]);
    expect(world.closed).toEqual(WORKERS);
    expect(world.holders()).toEqual(nobody);
    for (const name of WORKERS) expect(world.machine(name).lock.epoch).toBe(1);
  });

  it('stop nobody when they are away: they are named, and the run is done', async () => {
    const world = new World().down(w1, w3);
    const end = await runPlan(requestFor(site()), world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', failure: null });
    expect(end.notReached.map(({ host }) => host)).toEqual([w1, w3]);
    expect(world.outcomes().toSorted()).toEqual([
      ...NAMES.map((name) => `1.1 ${name} changed`),
      '2.1 w1 unreachable',
      '2.1 w2 changed',
      '2.1 w3 unreachable',
      ...NAMES.map((name) => `3.1 ${name} changed`),
    ]);
    expect(statusOf(site(), world.records)).toMatchObject({
      notReached: end.notReached,
      tasks: [{ state: 'done' }, { state: 'done' }, { state: 'done' }],
    });
    expect(world.holders()).toEqual(nobody);
  });

  it('stop nobody when they are lost in the middle of a step', async () => {
    const world = new World();
    world.machine(w2).fault = () => {
      world.machine(w2).isDown = true;
      return 'lose-answer';
    };
    const end = await runPlan(requestFor(site()), world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', notReached: [{ host: w2 }] });
    const warnings = world.events.filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([{ host: w2 }]);
  });

  it('stop nobody when another run has its lock on them', async () => {
    const world = new World();
    const holder = {
      run: 'another' as RunId,
      epoch: 1,
      user: '',
      controller: '',
      pid: 1,
      since: '',
    };
    world.machine(w2).lock = { epoch: 1, holder };
    const end = await runPlan(requestFor(site()), world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', notReached: [{ host: w2 }] });
    expect(world.machine(w2).lock.holder?.run).toBe('another');
  });

  it('stop the run where a step of theirs fails, and a failure is not ignored', async () => {
    const world = new World();
    world.machine(w2).fault = () => 'fail';
    const end = await runPlan(requestFor(site()), world, world.emit);
    expect(end).toMatchObject({ outcome: 'stopped', failure: { host: w2 } });
  });

  it('are not met for a step that is skipped', async () => {
    const world = new World();
    const plan = site({ bind: () => ok({ kind: 'skip', why: 'not wanted' }) });
    const end = await runPlan(requestFor(plan), world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', notReached: [] });
    expect(world.met).toEqual([]);
  });

  it('are not met by a preview, which says so', async () => {
    const world = new World().down(...WORKERS);
    const end = await dryRun(requestFor(site()), world, world.emit);
    expect(end.outcome).toBe('would-change');
    expect(world.met).toEqual([]);
    const seen = world.outcomes().filter((line) => line.startsWith('2.1'));
    expect(seen).toEqual(WORKERS.map((name) => `2.1 ${name} deferred`));
  });

  it('are left alone by a controller that was taken over meanwhile', async () => {
    const world = new World();
    world.machine('cp1').runs = () => null;
    const untilMoved = world.untilEvent(
      (event) => event.type === 'step.finished' && event.host === 'cp3',
    );
    const { opened, open } = gate();
    const held = world.hosts.connect;
    Object.assign(world.hosts, {
      connect: async (...words: Parameters<typeof held>) => {
        if (words[0] === w2) await opened;
        return held(...words);
      },
    });
    const first = runPlan(requestFor(site()), world, world.emit);
    await untilMoved;
    for (const name of NAMES) world.machine(name).lock = { epoch: 9, holder: null };
    open();
    expect(await first).toMatchObject({ outcome: 'stopped', failure: { code: 'taken-over' } });
    expect(world.machine(w2).effects).toEqual([]);
  });
});

function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a run that is taken up among hosts that are met late', () => {
  it('ends as it would have, wherever it was cut, and no lock is left', async () => {
    const whole = new World();
    await runPlan(requestFor(site()), whole, whole.emit);
    const first = whole.records.findIndex(({ type }) => type === 'point-of-no-return') + 1;
    for (let recordsMax = first; recordsMax < whole.records.length; recordsMax++) {
      const world = new World();
      world.recordsMax = recordsMax;
      await runPlan(requestFor(site()), world, world.emit);
      world.recordsMax = Number.POSITIVE_INFINITY;
      const end = await resumeRun(requestFor(site()), [...world.records], world, world.emit);
      expect(end, `behind record ${recordsMax}`).toMatchObject({ outcome: 'done', notReached: [] });
      expect(world.holders(), `behind record ${recordsMax}`).toEqual(nobody);
      for (const name of WORKERS) expect(world.machine(name).effects).toHaveLength(1);
    }
  });

  it('tries those again that were away', async () => {
    const world = new World().down(w3);
    world.machine('cp2').fault = (change) =>
      change.kind === 'rename' && change.from === '/var/staged' ? 'fail' : null;
    const stopped = await runPlan(requestFor(site()), world, world.emit);
    expect(stopped).toMatchObject({ outcome: 'stopped', notReached: [{ host: w3 }] });
    world.machine('cp2').fault = () => null;
    world.machine(w3).isDown = false;
    const end = await resumeRun(requestFor(site()), [...world.records], world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', notReached: [] });
    expect(world.machine(w3).effects).toHaveLength(1);
  });

  it('is taken back past those that cannot be taken back, and says so', async () => {
    const world = new World();
    await runPlan(requestFor(site()), world, world.emit);
    world.machine(w1).files.set('/var/data/db', 'somebody else has made a new one');
    const holder = {
      run: 'another' as RunId,
      epoch: 2,
      user: '',
      controller: '',
      pid: 1,
      since: '',
    };
    world.machine(w2).lock = { epoch: 2, holder };
    const end = await rollBackRun(requestFor(site()), [...world.records], world, world.emit);
    expect(end.notReached.map(({ host }) => host).toSorted()).toEqual([w1, w2]);
    expect(end.outcome).toBe('done');
    expect(world.listing()).toEqual(new World().listing());
  });

  it('is taken back without those that are away now, and says so', async () => {
    const world = new World();
    await runPlan(requestFor(site()), world, world.emit);
    world.down(w2);
    const end = await rollBackRun(requestFor(site()), [...world.records], world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', notReached: [{ host: w2 }] });
    expect(world.listing()).toEqual(new World().listing());
    expect(world.machine(w3).files.get('/var/data/db')).toBe('old w3');
    expect(statusOf(site(), world.records)).toMatchObject({ left: ['2.1 w2'], isTakenBack: false });
    world.machine(w2).isDown = false;
    const again = await rollBackRun(requestFor(site()), [...world.records], world, world.emit);
    expect(again).toMatchObject({ outcome: 'done', notReached: [] });
    expect(world.machine(w2).files.get('/var/data/db')).toBe('old w2');
  });
});

it('a worker that lets nobody in is one that is away', async () => {
  const world = new World();
  const { connect } = world.hosts;
  const refused = failure('login-refused', 'login', 'w2 lets nobody in', 'see its keys');
  Object.assign(world.hosts, {
    connect: async (...words: Parameters<typeof connect>) =>
      words[0] === w2 ? err(refused) : connect(...words),
  });
  const end = await runPlan(requestFor(site()), world, world.emit);
  expect(end).toMatchObject({ outcome: 'done', notReached: [{ host: w2, why: refused.message }] });
});
