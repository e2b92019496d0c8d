import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.js';
import type { Task } from '../../src/core/plan.js';
import { ok } from '../../src/core/result.js';
import { dryRun } from '../../src/engine/dry-run.js';
import { resumeRun } from '../../src/engine/resume-run.js';
import { rollBackRun } from '../../src/engine/roll-back-run.js';
import { runPlan } from '../../src/engine/run.js';
import { moveTask, planOf, programTask, requestFor, SimulatedWorld } from './simulated-run.js';

const ITEMS = ['a', 'b', 'c'];

/** Moves /var/ITEM to /kept/ITEM for each item. */
function loopTask(items: readonly Json[], more: Partial<Task> = {}): Task {
  const moves = new Map(
    items.map((item) => [item, moveTask('1.1', `/var/${item}`, `/kept/${item}`)]),
  );
  return {
    ...moveTask('1.1', '/nowhere', '/nowhere', { isLoop: true, register: 'moved', ...more }),
    items: () => ok(items),
    bind: (scope) => (moves.get(scope.item as Json) as Task).bind(scope),
  };
}

function worldWithItems(): SimulatedWorld {
  const world = new SimulatedWorld();
  for (const item of ITEMS) world.machine('cp1').files.set(`/var/${item}`, item);
  for (const item of ITEMS) world.machine('cp2').files.set(`/var/${item}`, item);
  for (const item of ITEMS) world.machine('cp3').files.set(`/var/${item}`, item);
  return world;
}

/** A second task that shows what the register holds. */
function reader(seen: Json[]): Task {
  const task = moveTask('1.2', '/nothing', '/nothing');
  return {
    ...task,
    bind: (scope) => {
      seen.push(scope.registered('moved', scope.host) as Json);
      return ok({ kind: 'skip', why: 'it only reads' });
    },
  };
}

describe('a loop', () => {
  it('does its items one after the other, and registers a list of records', async () => {
    const world = worldWithItems();
    const seen: Json[] = [];
    const end = await runPlan(
      requestFor(planOf([loopTask(ITEMS), reader(seen)])),
      world,
      world.emit,
    );
    expect(end.outcome).toBe('done');
    expect(world.machine('cp1').effects).toEqual(
      ITEMS.map((item) => `rename /var/${item} /kept/${item}`),
    );
    expect(seen[0]).toEqual(
      ITEMS.map(() => ({ moved: true, ran: true, changed: true, failed: false })),
    );
    const items = world.events.flatMap((event) =>
      event.type === 'step.finished' && event.host === 'cp2' && event.task === '1.1'
        ? [event.item]
        : [],
    );
    expect(items).toEqual(ITEMS);
  });

  it('says that there is nothing to loop over, and registers an empty list', async () => {
    const world = worldWithItems();
    const seen: Json[] = [];
    await runPlan(requestFor(planOf([loopTask([]), reader(seen)])), world, world.emit);
    expect(world.outcomes()).toContain('1.1 cp1 skipped');
    expect(seen[0]).toEqual([]);
  });

  it('stops at the item that fails, and takes back those before it, newest first', async () => {
    const world = worldWithItems();
    const before = world.listing();
    world.machine('cp2').fault = (change) =>
      change.kind === 'rename' && change.to === '/kept/b' ? 'fail' : null;
    const end = await runPlan(requestFor(planOf([loopTask(ITEMS)])), world, world.emit);
    expect(end.outcome).toBe('rolled-back');
    expect(world.listing()).toEqual(before);
    expect(world.machine('cp1').effects.slice(3)).toEqual(
      ITEMS.toReversed().map((item) => `rename /kept/${item} /var/${item}`),
    );
    expect(world.machine('cp2').effects).toEqual([
      'rename /var/a /kept/a',
      'rename /kept/a /var/a',
    ]);
  });

  it('is taken up at the item where it was cut, and keeps the records of the others', async () => {
    for (let recordsMax = 3; recordsMax < 20; recordsMax++) {
      const world = worldWithItems();
      world.recordsMax = recordsMax;
      const stop = () => planOf([loopTask(ITEMS), reader(seen)], 'stop');
      const seen: Json[] = [];
      await runPlan(requestFor(stop()), world, world.emit);
      const records = [...world.records];
      world.recordsMax = Number.POSITIVE_INFINITY;
      seen.length = 0;
      const end = await resumeRun(requestFor(stop()), records, world, world.emit);
      expect(end.outcome, `after record ${recordsMax}`).toBe('done');
      expect(world.machine('cp1').effects).toHaveLength(3);
      expect(seen[0]).toHaveLength(3);
      const back = await rollBackRun(requestFor(stop()), [...world.records], world, world.emit);
      expect(back.outcome).toBe('done');
      expect(world.listing()).toEqual(worldWithItems().listing());
    }
  });

  it('foretells each item in a dry run', async () => {
    const world = worldWithItems();
    const end = await dryRun(requestFor(planOf([loopTask(ITEMS)])), world, world.emit);
    expect(end.outcome).toBe('would-change');
    expect(end.facts.filter(({ host }) => host === 'cp1').map(({ index }) => index)).toEqual([
      0, 1, 2,
    ]);
    expect(world.machine('cp1').effects).toEqual([]);
  });
});

describe('attempts', () => {
  /** Good enough when the program's exit code is 0. */
  const patient = (more: Partial<Task> = {}) =>
    programTask('1.1', ['check'], {
      attemptsMax: 4,
      delayMs: 5_000,
      judge: (_, record) =>
        ok({ changed: record.changed, failedBecause: null, isEnough: record.rc === 0 }),
      ...more,
    });

  function worldThatIsReadyAt(attempt: number): SimulatedWorld {
    const world = new SimulatedWorld();
    for (const [, machine] of world.machines) {
      let tried = 0;
      machine.runs = () => (++tried >= attempt ? null : 'not yet');
    }
    return world;
  }

  it('go on until it is enough, each under an id of its own, with the pause between', async () => {
    const world = worldThatIsReadyAt(3);
    const end = await runPlan(requestFor(planOf([patient()])), world, world.emit);
    expect(end.outcome).toBe('done');
    expect(world.machine('cp1').effects).toHaveLength(3);
    expect(world.slept.filter((ms) => ms === 5_000)).toHaveLength(6);
    const finished = world.events.find((event) => event.type === 'step.finished');
    expect(finished).toMatchObject({ outcome: 'changed', attempts: 3 });
    expect(world.events.filter((event) => event.type === 'step.retried')).toHaveLength(6);
  });

  it('end as a failure that says how often it was tried', async () => {
    const world = worldThatIsReadyAt(9);
    const end = await runPlan(requestFor(planOf([patient()])), world, world.emit);
    expect(end.failure).toMatchObject({ code: 'not-enough', message: expect.stringMatching(/4/) });
    expect(world.machine('cp2').effects).toHaveLength(4);
  });

  it('are counted on by a resumed run, and never under an old id', async () => {
    const whole = worldThatIsReadyAt(9);
    await runPlan(requestFor(planOf([patient()], 'stop')), whole, whole.emit);
    for (let recordsMax = 3; recordsMax < whole.records.length; recordsMax++) {
      const world = worldThatIsReadyAt(9);
      world.recordsMax = recordsMax;
      await runPlan(requestFor(planOf([patient()], 'stop')), world, world.emit);
      const records = [...world.records];
      world.recordsMax = Number.POSITIVE_INFINITY;
      const end = await resumeRun(
        requestFor(planOf([patient()], 'stop')),
        records,
        world,
        world.emit,
      );
      expect(end.failure, `after record ${recordsMax}`).toMatchObject({ code: 'not-enough' });
      // A program that ran, and whose attempt was not recorded, is known by its receipt: never a fifth
      // time. A step whose end was recorded as a failure is what the operator wants tried anew.
      const hasEnded = records.some(
        (record) => record.type === 'step.finished' && record.host === 'cp1',
      );
      const { effects } = world.machine('cp1');
      expect(effects, `after record ${recordsMax}`).toHaveLength(hasEnded ? 8 : 4);
    }
  });

  it('stop between two of them when the operator says so, and are taken up later', async () => {
    const world = worldThatIsReadyAt(3);
    const stop = new AbortController();
    world.onSleep = () => stop.abort();
    const plan = () => planOf([patient()]);
    const end = await runPlan(requestFor(plan(), stop.signal), world, world.emit);
    expect(end.outcome).toBe('interrupted');
    world.onSleep = () => {};
    const again = await resumeRun(requestFor(plan()), [...world.records], world, world.emit);
    expect(again.outcome).toBe('done');
    expect(world.machine('cp1').effects).toHaveLength(3);
  });

  it('are not made where another one could not help', async () => {
    const world = worldThatIsReadyAt(1);
    world.machine('cp1').fault = () => 'interrupt-after';
    const end = await runPlan(requestFor(planOf([patient()])), world, world.emit);
    expect(end.outcome).toBe('unknown');
    expect(world.machine('cp1').effects).toHaveLength(1);
  });

  it('that fail are ignored where the task says so', async () => {
    const world = worldThatIsReadyAt(9);
    const plan = planOf([patient({ ignoreErrors: true })]);
    const end = await runPlan(requestFor(plan), world, world.emit);
    expect(end.outcome).toBe('done');
    expect(world.outcomes()).toContain('1.1 cp1 ignored');
  });
});
