import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import type { HostName, RunId } from '../../src/core/names.js';
import type { BoundStep, Task } from '../../src/core/plan.js';
import type { RecordBody } from '../../src/core/record.js';
import { err, ok } from '../../src/core/result.js';
import { findFootprints } from '../../src/engine/clean-run.js';
import { resumeRun } from '../../src/engine/resume-run.js';
import { rollBackRun } from '../../src/engine/roll-back-run.js';
import { runPlan } from '../../src/engine/run.js';
import { moveTask, NAMES, planOf, RUN, requestFor, SimulatedWorld } from './simulated-run.js';

const swap = () => [moveTask('1.1', '/var/data', '/var/kept')];
const plan = () => requestFor(planOf(swap()));

/** From this moment the lock is another process's of the same run. */
function takeOver(world: SimulatedWorld): void {
  for (const name of NAMES) {
    const { lock } = world.machine(name);
    const holder = lock.holder === null ? null : { ...lock.holder, epoch: 9 };
    world.machine(name).lock = { epoch: 9, holder };
  }
}

describe('a run that another process takes over', () => {
  it('is fenced by a rollback even where there is nothing to take back', async () => {
    const world = new SimulatedWorld();
    const [begun, locked] = await recordsOf(new SimulatedWorld());
    for (const name of NAMES) {
      const holder = { run: RUN, epoch: 1, user: '', controller: '', pid: 1, since: '' };
      world.machine(name).lock = { epoch: 1, holder };
    }
    const records = [begun, locked] as readonly RecordBody[];
    const end = await rollBackRun(plan(), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', left: [] });
    for (const name of NAMES) {
      expect(world.machine(name).lock).toMatchObject({ epoch: 3, holder: null });
    }
  });

  it('does not say that it is done when its lock is no longer its own', async () => {
    const world = new SimulatedWorld();
    const emit: typeof world.emit = (event) => {
      if (event.type === 'task.finished') takeOver(world);
      world.emit(event);
    };
    const end = await runPlan(plan(), world, emit);
    expect(end).toMatchObject({ outcome: 'stopped', failure: { code: 'taken-over' } });
  });

  it('has its end from the hosts: a take-over behind every look of its own comes first', async () => {
    const world = new SimulatedWorld();
    const first = world.machine('cp1');
    const end = first.endRun.bind(first);
    first.endRun = (cluster, close) => {
      takeOver(world);
      return end(cluster, close);
    };
    const ended = await runPlan(plan(), world, world.emit);
    expect(ended).toMatchObject({ outcome: 'stopped', failure: { code: 'taken-over' } });
    for (const name of NAMES) expect(world.machine(name).lock.holder, name).not.toBeNull();
  });

  it('asks once more, over a new connection, when the answer to its end is lost', async () => {
    const world = new SimulatedWorld();
    loseFirstEnd(world, 'cp1' as HostName);
    loseFirstEnd(world, 'cp3' as HostName);
    expect(await runPlan(plan(), world, world.emit)).toMatchObject({ outcome: 'done' });
    expect(world.events.filter(({ type }) => type === 'warning')).toEqual([]);
    for (const name of NAMES) expect(world.machine(name).lock.holder, name).toBeNull();
  });

  it('is done, and says whose lock is left, when one host cannot be told of the end', async () => {
    const world = new SimulatedWorld();
    world.machine('cp2').endRun = async () => err(gone('cp2' as HostName));
    expect(await runPlan(plan(), world, world.emit)).toMatchObject({ outcome: 'done' });
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'warning', host: 'cp2' }));
    expect(world.machine('cp2').lock.holder?.run).toBe(RUN);
  });

  it('is not done when no host can be told of it; whoever takes it up has only that to do', async () => {
    const world = new SimulatedWorld();
    const real = NAMES.map((name) => world.machine(name).endRun);
    for (const name of NAMES) world.machine(name).endRun = async () => err(gone(name));
    const cut = await runPlan(plan(), world, world.emit);
    expect(cut).toMatchObject({ outcome: 'stopped', failure: { code: 'end-not-heard' } });
    for (const [index, name] of NAMES.entries()) {
      world.machine(name).endRun = real[index] as (typeof real)[number];
    }
    const effects = NAMES.map((name) => world.machine(name).effects.length);
    const again = await resumeRun(plan(), [...world.records], world, world.emit);
    expect(again).toMatchObject({ outcome: 'done' });
    expect(NAMES.map((name) => world.machine(name).effects.length)).toEqual(effects);
  });

  it('gives the lock back where the answer was lost, when it ends before anything', async () => {
    const world = new SimulatedWorld();
    loseAnswerOfLock(world, 'cp2' as HostName);
    const end = await runPlan(plan(), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused' });
    for (const name of NAMES) expect(world.machine(name).lock.holder, name).toBeNull();
  });

  it('keeps the lock on every host when the take-over itself fails', async () => {
    const world = new SimulatedWorld();
    const records = (await recordsOf(world)).slice(0, -1);
    for (const name of NAMES) {
      const holder = { run: RUN, epoch: 1, user: '', controller: '', pid: 1, since: '' };
      world.machine(name).lock = { epoch: 1, holder };
    }
    loseAnswerOfLock(world, 'cp2' as HostName);
    const end = await rollBackRun(plan(), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'rollback-incomplete' });
    for (const name of NAMES) expect(world.machine(name).lock.holder?.run, name).toBe(RUN);
  });

  it('can be taken back again when an undo was done and nobody wrote it down', async () => {
    const world = new SimulatedWorld();
    const request = requestFor(planOf([swapTask()]));
    const before = world.listing();
    await runPlan(request, world, world.emit);
    // run.resumed, lock.taken, rollback.started, and two intents on each of three hosts.
    world.recordsMax = world.records.length + 3 + 6;
    const cut = await rollBackRun(request, [...world.records], world, world.emit);
    expect(cut).toMatchObject({ outcome: 'rollback-incomplete' });
    expect(world.listing()).toEqual(before);
    world.recordsMax = Number.POSITIVE_INFINITY;
    const again = await rollBackRun(request, [...world.records], world, world.emit);
    expect(again).toMatchObject({ outcome: 'done', left: [] });
    expect(world.listing()).toEqual(before);
  });
});

/** Two renames in one step: behind their undo both ends of the second one are there. */
function swapTask(): Task {
  const paths = ['/var/data', '/var/staged', '/var/kept'];
  const probe: BoundStep['probe'] = async (ask) => {
    const seen = await ask.host(
      Object.fromEntries(paths.map((path) => [path, { kind: 'stat', path } as const])),
    );
    if (!seen.ok) return seen;
    const answers: Readonly<Record<string, unknown>> = seen.value;
    return ok(paths.map((path) => answers[path] !== null));
  };
  const step: BoundStep = {
    module: 'swap',
    repeatable: false,
    readOnly: false,
    shownArgs: {},
    probe,
    plan: () =>
      ok([
        { kind: 'rename', from: '/var/data', to: '/var/kept' },
        { kind: 'rename', from: '/var/staged', to: '/var/data' },
      ]),
    verify: async () => ok({}),
    undo: { kind: 'derived' },
    material: (before) => before,
    mayAlter: () => [],
  };
  return { ...moveTask('1.1', '', ''), bind: () => ok({ kind: 'step', step }) };
}

describe('an older copy of the directory of a run', () => {
  const ways = { resume: resumeRun, rollback: rollBackRun };
  const missing = 'are not in the journal';

  it.each([
    { copied: 'before the lock was taken', records: 1, why: 'it has ended there' },
    { copied: 'in its middle', records: 4, why: 'it has ended there' },
    { copied: 'with everything but the end', records: -2, why: 'it has ended there' },
  ])('is neither gone on with nor taken back once the run is done: $copied', async (one) => {
    for (const [way, takeUp] of Object.entries(ways)) {
      const world = new SimulatedWorld();
      const records = (await recordsOf(world)).slice(0, one.records);
      const before = world.listing();
      const end = await takeUp(plan(), records, world, world.emit);
      expect(end, way).toMatchObject({ outcome: 'refused', failure: { code: 'older-copy' } });
      expect(end.failure?.message, way).toContain(one.why);
      expect(world.listing()).toEqual(before);
      for (const name of NAMES) expect(world.machine(name).lock.holder, way).toBeNull();
    }
  });

  it('takes nothing over while the run itself stands in its middle', async () => {
    const world = new SimulatedWorld();
    world.recordsMax = 8;
    const records = (await recordsOf(world)).slice(0, 3);
    world.recordsMax = Number.POSITIVE_INFINITY;
    const locks = NAMES.map((name) => world.machine(name).lock);
    const end = await resumeRun(plan(), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { code: 'older-copy' } });
    expect(end.failure?.message).toContain(missing);
    expect(NAMES.map((name) => world.machine(name).lock)).toEqual(locks);
  });

  it('is not begun by a controller that slept while another one did it all', async () => {
    const world = new SimulatedWorld();
    await recordsOf(world);
    const listing = world.listing();
    const end = await runPlan(plan(), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { code: 'older-copy' } });
    expect(world.listing()).toEqual(listing);
    // Had the sleeper raised the epoch, the run could not be taken back any more.
    for (const name of NAMES) expect(world.machine(name).lock.epoch).toBe(2);
  });

  it('does not stand in the way of the run’s own directory', async () => {
    const world = new SimulatedWorld();
    const before = world.listing();
    const records = await recordsOf(world);
    await resumeRun(plan(), records.slice(0, 4), world, world.emit);
    const end = await rollBackRun(plan(), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', left: [] });
    expect(world.listing()).toEqual(before);
  });

  it('is refused by clean: what it calls over may be what the run goes on with', async () => {
    const world = new SimulatedWorld();
    const records = (await recordsOf(world)).slice(0, 4);
    const found = await findFootprints(plan(), records, world);
    expect(found).toMatchObject({ ok: false, error: { code: 'older-copy' } });
  });
});

function gone(host: HostName) {
  return failure('unreachable', 'gone', `${host} is gone`, 'bring it back', { host });
}

/** It is heard there, and the answer does not come back. */
function loseFirstEnd(world: SimulatedWorld, host: HostName): void {
  const machine = world.machine(host);
  const real = machine.endRun;
  machine.endRun = async (cluster, close) => {
    machine.endRun = real;
    await machine.endRun(cluster, close);
    return err(gone(host));
  };
}

async function recordsOf(world: SimulatedWorld): Promise<readonly RecordBody[]> {
  await runPlan(plan(), world, world.emit);
  return [...world.records];
}

function loseAnswerOfLock(world: SimulatedWorld, host: HostName): void {
  const machine = world.machine(host);
  const take = machine.takeLock.bind(machine);
  machine.takeLock = async (cluster, holder, over: RunId | null, known) => {
    await take(cluster, holder, over, known);
    return err(failure('unreachable', 'down', 'cut', 'again', { host }));
  };
}

describe('a lock that was given up by hand', () => {
  const open = (run: string) => [{ run: run as RunId, id: 'a' as never, pids: [77] }];

  it('is not enough while a step of its run still runs somewhere', async () => {
    const world = new SimulatedWorld();
    world.machine('cp2').openSteps = open('20250102T030405Z-0123456789abcdef');
    const end = await runPlan(plan(), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { code: 'still-at-work' } });
    expect(end.failure?.message).toContain('77');
    for (const name of NAMES) expect(world.machine(name).effects).toEqual([]);
    expect(world.machine('cp1').lock.holder).toBeNull();
  });

  it('is no hindrance for the run whose own step it is', async () => {
    const world = new SimulatedWorld();
    world.machine('cp2').openSteps = open(RUN);
    expect((await runPlan(plan(), world, world.emit)).outcome).toBe('done');
  });
});

describe('a controller that wakes up behind a takeover', () => {
  it('stops as fenced at its next change: it takes nothing back and gives no lock away', async () => {
    const world = new SimulatedWorld();
    world.machine('cp1').carryOut = async () =>
      err(failure('fenced', 'fenced', 'taken over', 'see who'));
    const end = await runPlan(plan(), world, world.emit);
    expect(end).toMatchObject({ outcome: 'stopped', failure: { kind: 'fenced' } });
    expect(world.events.some((event) => event.type === 'rollback.started')).toBe(false);
    expect(world.machine('cp2').lock.holder).not.toBeNull();
  });
});
