import { describe, expect, it } from 'vitest';
import type { HostName } from '../../src/core/names.js';
import type { Batch, Play, Task } from '../../src/core/plan.js';
import { resumeRun } from '../../src/engine/resume-run.js';
import { rollBackRun } from '../../src/engine/roll-back-run.js';
import { runPlan } from '../../src/engine/run.js';
import { moveTask, NAMES, planOf, requestFor, SimulatedWorld } from './simulated-run.js';

const tasks = (hosts: readonly HostName[]): readonly Task[] => [
  moveTask('1.1', '/var/data', '/var/kept', { hosts }),
  moveTask('1.2', '/var/staged', '/var/data', { hosts }),
];

function inBatches(...batches: readonly (readonly HostName[])[]): Partial<Play> {
  return {
    batches: batches.map((hosts): Batch => ({ kind: 'batch', hosts, children: tasks(hosts) })),
  };
}

const [cp1, cp2, cp3] = NAMES as [HostName, HostName, HostName];
const serial = (more: Partial<Play> = {}) =>
  planOf([], 'rollback', { ...inBatches([cp1], [cp2, cp3]), ...more });

/** Every change of the run, in the order in which it happened. */
function order(world: SimulatedWorld): readonly string[] {
  return world.events.flatMap((event) =>
    event.type === 'step.finished' ? [`${event.task} ${event.host} ${event.outcome}`] : [],
  );
}

const failing = (world: SimulatedWorld, host: HostName, from: string) => {
  world.machine(host).fault = (change) =>
    change.kind === 'rename' && change.from === from ? 'fail' : null;
};

describe('a serial play', () => {
  it('finishes one batch before the next begins', async () => {
    const world = new SimulatedWorld();
    const end = await runPlan(requestFor(serial()), world, world.emit);
    expect(end.outcome).toBe('done');
    expect(order(world)).toEqual([
      '1.1 cp1 changed',
      '1.2 cp1 changed',
      '1.1 cp2 changed',
      '1.1 cp3 changed',
      '1.2 cp2 changed',
      '1.2 cp3 changed',
    ]);
  });

  it('goes back through its batches, the newest first', async () => {
    const world = new SimulatedWorld();
    const before = world.listing();
    failing(world, cp3, '/var/staged');
    const end = await runPlan(requestFor(serial()), world, world.emit);
    expect(end.outcome).toBe('rolled-back');
    expect(world.listing()).toEqual(before);
    const undone = order(world).filter((line) => line.endsWith('undone'));
    expect(undone.at(-1)).toBe('1.1 cp1 undone');
    expect(undone).toHaveLength(6);
  });

  it('is taken up in the batch where it was cut, and taken back from there', async () => {
    const whole = new SimulatedWorld();
    await runPlan(requestFor(serial()), whole, whole.emit);
    for (let recordsMax = 2; recordsMax < whole.records.length; recordsMax++) {
      const world = new SimulatedWorld();
      world.recordsMax = recordsMax;
      await runPlan(requestFor(serial({ onFailure: 'stop' })), world, world.emit);
      const records = [...world.records];
      world.recordsMax = Number.POSITIVE_INFINITY;
      const end = await resumeRun(requestFor(serial()), records, world, world.emit);
      expect(end.outcome, `after record ${recordsMax}`).toBe('done');
      expect(world.listing()).toEqual(whole.listing());
      const back = await rollBackRun(requestFor(serial()), [...world.records], world, world.emit);
      expect(back.outcome).toBe('done');
      expect(world.listing()).toEqual(new SimulatedWorld().listing());
    }
  });
});

describe('where a failure is not fatal', () => {
  const lenient = (maxFailPercentage: number | null) =>
    planOf(tasks(NAMES), 'rollback', { anyErrorsFatal: false, maxFailPercentage });

  it('the host that failed leaves, the others go on, and the end says so', async () => {
    const world = new SimulatedWorld();
    failing(world, cp2, '/var/data');
    const end = await runPlan(requestFor(lenient(null)), world, world.emit);
    expect(end).toMatchObject({ outcome: 'stopped', failure: { host: 'cp2' } });
    expect(order(world)).not.toContain('1.2 cp2 changed');
    expect(order(world)).toContain('1.2 cp3 changed');
    expect(world.machine('cp1').lock.holder).not.toBeNull();
  });

  it('a resumed run brings the host up to the others', async () => {
    const world = new SimulatedWorld();
    failing(world, cp2, '/var/data');
    await runPlan(requestFor(lenient(null)), world, world.emit);
    world.machine('cp2').fault = () => null;
    const records = [...world.records];
    const end = await resumeRun(requestFor(lenient(null)), records, world, world.emit);
    expect(end.outcome).toBe('done');
    expect(world.machine('cp2').files.get('/var/data/db')).toBe('new');
    expect(world.machine('cp1').effects).toHaveLength(2);
  });

  it('more failures than max_fail_percentage stop the run, as many do not', async () => {
    for (const [percentage, outcome] of [
      [33, 'rolled-back'],
      [34, 'stopped'],
    ] as const) {
      const world = new SimulatedWorld();
      failing(world, cp2, '/var/data');
      const end = await runPlan(requestFor(lenient(percentage)), world, world.emit);
      expect(end.outcome, `${percentage} %`).toBe(outcome);
      if (outcome === 'rolled-back') expect(end.failure?.code).toBe('too-many-failed');
    }
  });
});

describe('a free play', () => {
  const free = () => planOf(tasks(NAMES), 'rollback', { strategy: 'free' });

  it('lets no host wait for another', async () => {
    const world = new SimulatedWorld();
    const gate = world.machine('cp1').hold((change) => change.kind === 'rename');
    const ended = runPlan(requestFor(free()), world, world.emit);
    await world.untilEvent(
      (event) => event.type === 'step.finished' && event.host === 'cp3' && event.task === '1.2',
    );
    expect(order(world).some((line) => line.includes('cp1'))).toBe(false);
    gate.open();
    expect((await ended).outcome).toBe('done');
  });

  it('starts nothing more anywhere when one host fails, and goes back', async () => {
    const world = new SimulatedWorld();
    const before = world.listing();
    failing(world, cp1, '/var/data');
    const end = await runPlan(requestFor(free()), world, world.emit);
    expect(end.outcome).toBe('rolled-back');
    expect(world.listing()).toEqual(before);
  });
});

describe('a delegated step', () => {
  it('is asked and changed on the other machine, and belongs to its own host', async () => {
    const world = new SimulatedWorld();
    const before = world.listing();
    const delegated = moveTask('1.1', '/var/data', '/var/kept', {
      hosts: [cp1],
      delegates: new Map([[cp1, cp3]]),
    });
    const plan = () => planOf([delegated]);
    await runPlan(requestFor(plan()), world, world.emit);
    expect(world.machine('cp3').effects).toEqual(['rename /var/data /var/kept']);
    expect(world.machine('cp1').effects).toEqual([]);
    expect(order(world)).toEqual(['1.1 cp1 changed']);
    await rollBackRun(requestFor(plan()), [...world.records], world, world.emit);
    expect(world.listing()).toEqual(before);
  });
});

describe('an operator who goes step by step', () => {
  it('is asked before each task, and a no stops there, to be taken up later', async () => {
    const world = new SimulatedWorld();
    const asked: string[] = [];
    const operator = {
      ...world.operator,
      confirm: async (question: string) => {
        asked.push(question);
        return asked.length < 2;
      },
    };
    const request = { ...requestFor(planOf(tasks(NAMES))), isStepwise: true };
    const careful = { ...worldOf(world), operator };
    const end = await runPlan(request, careful, world.emit);
    expect(end).toMatchObject({ outcome: 'interrupted', failure: { code: 'stopped-by-operator' } });
    expect(asked).toEqual(['Do task 1.1, Task 1.1?', 'Do task 1.2, Task 1.2?']);
    const again = await resumeRun(
      requestFor(planOf(tasks(NAMES))),
      [...world.records],
      world,
      world.emit,
    );
    expect(again.outcome).toBe('done');
  });
});

function worldOf({ hosts, journal, clock, operator }: SimulatedWorld) {
  return { hosts, journal, clock, operator };
}
