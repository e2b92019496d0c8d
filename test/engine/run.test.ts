import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import type { Json } from '../../src/core/json.js';
import type { Hosts } from '../../src/core/ports.js';
import type { RecordBody } from '../../src/core/record.js';
import { err, ok } from '../../src/core/result.js';
import { rollBackRun } from '../../src/engine/roll-back-run.js';
import { runPlan } from '../../src/engine/run.js';
import {
  missingTask,
  moveTask,
  NAMES,
  planOf,
  refusingTask,
  requestFor,
  SimulatedWorld,
} from './simulated-run.js';

const MANIFEST = '/etc/manifests/etcd.yaml';
const PARKED = '/etc/parked/etcd.yaml';

/** Park, prove it gone, set the old data aside, put the new data in its place, start: a small restore. */
const restore = () => [
  moveTask('1.1', MANIFEST, PARKED, { downtime: 'starts' }),
  missingTask('1.2', MANIFEST, 'gone:etcd'),
  moveTask('1.3', '/var/data', '/var/kept', { needs: ['gone:etcd'] }),
  moveTask('1.4', '/var/staged', '/var/data', { needs: ['gone:etcd'] }),
  moveTask('1.5', PARKED, MANIFEST, { downtime: 'ends' }),
];

describe('a run', () => {
  it('announces each change before it happens and records it after it is verified', async () => {
    const world = new SimulatedWorld();
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end).toMatchObject({ outcome: 'done', failure: null, left: [] });
    expect(end.downtimeMs).toBeGreaterThan(0);
    const ofCp1 = world.records.filter((one) => 'host' in one && one.host === 'cp1');
    expect(ofCp1.map((one) => `${one.type} ${'task' in one ? one.task : ''}`)).toEqual([
      'step.intent 1.1',
      'step.finished 1.1',
      'step.finished 1.2',
      'step.intent 1.3',
      'step.finished 1.3',
      'step.intent 1.4',
      'step.finished 1.4',
      'step.intent 1.5',
      'step.finished 1.5',
    ]);
  });

  it('gives the lock back at the end, under an epoch of its own', async () => {
    const world = new SimulatedWorld();
    await runPlan(requestFor(planOf(restore())), world, world.emit);
    for (const name of NAMES) {
      expect(world.machine(name).lock).toMatchObject({ epoch: 2, holder: null });
    }
  });

  it('lets the other hosts go when one login is refused', async () => {
    const world = new SimulatedWorld();
    const refusal = failure('login-refused', 'login-refused', 'no', 'another key');
    const connect: Hosts['connect'] = (host, become, signal) => {
      if (host === 'cp2') return Promise.resolve(err({ ...refusal, host }));
      if (host !== 'cp3') return world.hosts.connect(host, become, signal);
      // As a host that would answer in an hour.
      return new Promise((resolve) => {
        const stopped = failure('interrupted', 'interrupted', 'stopped', 'nothing', { host });
        signal.addEventListener('abort', () => resolve(err(stopped)));
      });
    };
    const refusing = { ...world, hosts: { ...world.hosts, connect } };
    const end = await runPlan(requestFor(planOf(restore())), refusing, world.emit);
    expect(end).toMatchObject({
      outcome: 'refused',
      failure: { code: 'login-refused', host: 'cp2' },
    });
    const said = world.events.filter((event) => event.type === 'host.unreachable');
    expect(said).toMatchObject([{ host: 'cp2' }]);
    expect(world.events).toContainEqual({
      type: 'warning',
      message: 'a login was refused, and no further one was tried: cp3',
      host: null,
    });
  });

  it('starts nothing while a host cannot be reached', async () => {
    const world = new SimulatedWorld();
    world.machine('cp2').isDown = true;
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { kind: 'unreachable' } });
    expect(world.machine('cp1').effects).toEqual([]);
    expect(world.machine('cp1').lock.epoch).toBe(0);
  });

  it('starts nothing while another run holds the lock, and gives back what it took', async () => {
    const world = new SimulatedWorld();
    const holder = { run: 'other', epoch: 7 } as never;
    world.machine('cp2').lock = { epoch: 7, holder };
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { kind: 'lock-held' } });
    expect(world.machine('cp1').lock.holder).toBeNull();
    expect(world.machine('cp1').effects).toEqual([]);
  });

  it('is refused, with the lock given back, when a probe refuses before the first change', async () => {
    const world = new SimulatedWorld();
    const plan = planOf([refusingTask('1.1'), ...restore()]);
    const end = await runPlan(requestFor(plan), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { code: 'no' } });
    expect(world.machine('cp3').lock.holder).toBeNull();
  });

  it('looks before it takes anything back, and tells what it saw to who waits afterwards', async () => {
    const world = new SimulatedWorld();
    const seen: Json[] = [];
    const park = moveTask(
      '1.1',
      MANIFEST,
      PARKED,
      {},
      {
        beforehand: async (_, before, { host }) => {
          const parked = await host({ it: { kind: 'stat', path: PARKED } });
          return parked.ok ? ok({ before, isParked: parked.value.it !== null }) : parked;
        },
        settle: (_, _before, what) => {
          seen.push(what);
          return { back: { kind: 'wait-path', path: MANIFEST, present: true, timeoutMs: 1 } };
        },
      },
    );
    const end = await runPlan(requestFor(planOf([park, refusingTask('1.2')])), world, world.emit);
    expect(end).toMatchObject({ outcome: 'rolled-back' });
    const each = { before: { from: true, to: false }, isParked: true };
    expect(seen).toEqual([each, each, each]);
  });

  it('does not believe an undo when what it waits for does not come', async () => {
    const world = new SimulatedWorld();
    const up = { kind: 'wait-path', path: '/run/etcd.pid', present: true, timeoutMs: 1 } as const;
    const park = moveTask('1.1', MANIFEST, PARKED, {}, { settle: () => ({ up }) });
    const plan = planOf([park, refusingTask('1.2')]);
    const end = await runPlan(requestFor(plan), world, world.emit);
    expect(end).toMatchObject({
      outcome: 'rollback-incomplete',
      failure: { code: 'not-as-before', detail: 'after 0 s: /run/etcd.pid' },
    });
  });

  it('lets the other hosts finish the task, starts nothing more, and goes back', async () => {
    const world = new SimulatedWorld();
    const before = world.listing();
    world.machine('cp3').fault = (change) =>
      change.kind === 'rename' && change.from === '/var/staged' ? 'fail' : null;
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end).toMatchObject({ outcome: 'rolled-back', left: [] });
    expect(world.listing()).toEqual(before);
    expect(
      world
        .outcomes()
        .filter((line) => line.startsWith('1.4'))
        .sort(),
    ).toEqual([
      '1.4 cp1 changed',
      '1.4 cp1 undone',
      '1.4 cp2 changed',
      '1.4 cp2 undone',
      '1.4 cp3 failed',
      '1.4 cp3 undone',
    ]);
    expect(world.outcomes().some((line) => line.startsWith('1.5'))).toBe(false);
  });

  it('takes no data directory back before it is proved again that etcd is gone', async () => {
    const world = new SimulatedWorld();
    const cp2 = world.machine('cp2');
    world.machine('cp1').fault = (change) => {
      if (change.kind !== 'rename' || change.to !== '/var/data') return null;
      // Somebody starts etcd on another host while this run is failing.
      cp2.files.set(MANIFEST, 'pod');
      return 'fail';
    };
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end.outcome).toBe('rollback-incomplete');
    expect(end.left).toContain('1.4 cp2');
    expect(cp2.files.get('/var/data/db')).toBe('new');
  });

  it('stops, and takes nothing back, behind the point of no return', async () => {
    const world = new SimulatedWorld();
    const tasks = restore();
    tasks.push(moveTask('1.6', '/var/kept', '/var/older', { pointOfNoReturn: true }));
    world.machine('cp2').fault = (change) =>
      change.kind === 'rename' && change.to === '/var/older' ? 'fail' : null;
    const end = await runPlan(requestFor(planOf(tasks)), world, world.emit);
    expect(end.outcome).toBe('stopped');
    expect(world.machine('cp1').files.get('/var/data/db')).toBe('new');
    expect(world.machine('cp1').lock.holder).not.toBeNull();
  });

  it('asks the host what became of a change whose answer was lost, and does not repeat it', async () => {
    const world = new SimulatedWorld();
    world.machine('cp1').fault = (change) =>
      change.kind === 'rename' && change.to === '/var/kept' ? 'lose-answer' : null;
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end.outcome).toBe('done');
    expect(world.machine('cp1').effects.filter((line) => line.includes('/var/kept'))).toHaveLength(
      1,
    );
  });

  it('says why a change was not even begun', async () => {
    const world = new SimulatedWorld();
    world.machine('cp1').fault = (change) =>
      change.kind === 'rename' && change.to === '/var/kept' ? 'lose-request' : null;
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end.outcome).toBe('rolled-back');
    expect(end.failure).toMatchObject({ kind: 'unreachable', code: 'down' });
    expect(end.failure?.message).toContain('it was not done: cp1 is down');
  });

  it('stops as unknown, with the lock kept, when nobody saw how a change ended', async () => {
    const world = new SimulatedWorld();
    world.machine('cp1').fault = (change) =>
      change.kind === 'rename' && change.to === '/var/kept' ? 'interrupt-after' : null;
    const end = await runPlan(requestFor(planOf(restore())), world, world.emit);
    expect(end).toMatchObject({ outcome: 'unknown', failure: { kind: 'unknown-outcome' } });
    expect(world.machine('cp1').lock.holder).not.toBeNull();
  });

  it('ends as interrupted, with the step in flight recorded, when it is told to stop', async () => {
    const world = new SimulatedWorld();
    const stop = new AbortController();
    world.machine('cp1').fault = () => {
      stop.abort();
      return null;
    };
    const end = await runPlan(requestFor(planOf(restore()), stop.signal), world, world.emit);
    expect(end.outcome).toBe('interrupted');
    expect(world.outcomes().filter((line) => line.startsWith('1.1'))).toHaveLength(3);
    expect(world.outcomes().some((line) => line.startsWith('1.3'))).toBe(false);
  });
});

describe('a rollback in another process', () => {
  it('ends in the old state from every point at which the journal may have stopped', async () => {
    const whole = new SimulatedWorld();
    await runPlan(requestFor(planOf(restore())), whole, whole.emit);
    const points = whole.records.length;
    expect(points).toBeGreaterThan(25);
    for (let recordsMax = 1; recordsMax < points; recordsMax++) {
      const world = new SimulatedWorld();
      const before = world.listing();
      world.recordsMax = recordsMax;
      await runPlan(requestFor(planOf(restore(), 'stop')), world, world.emit);
      const records: readonly RecordBody[] = [...world.records];
      world.recordsMax = Number.POSITIVE_INFINITY;
      const end = await rollBackRun(requestFor(planOf(restore())), records, world, world.emit);
      expect(end, `after record ${recordsMax}`).toMatchObject({ outcome: 'done', left: [] });
      expect(world.listing(), `after record ${recordsMax}`).toEqual(before);
    }
  });

  it('takes back a change that was in doubt, whether it happened or not', async () => {
    for (const fault of ['interrupt-before', 'interrupt-after'] as const) {
      const world = new SimulatedWorld();
      const before = world.listing();
      world.machine('cp1').fault = (change) =>
        change.kind === 'rename' && change.to === '/var/kept' ? fault : null;
      await runPlan(requestFor(planOf(restore())), world, world.emit);
      world.machine('cp1').fault = () => null;
      const records = [...world.records];
      const end = await rollBackRun(requestFor(planOf(restore())), records, world, world.emit);
      expect(end, fault).toMatchObject({ outcome: 'done' });
      expect(world.listing(), fault).toEqual(before);
    }
  });

  it('is refused when another run has changed the cluster since', async () => {
    const world = new SimulatedWorld();
    await runPlan(requestFor(planOf(restore())), world, world.emit);
    const records = [...world.records];
    for (const name of NAMES) world.machine(name).lock = { epoch: 4, holder: null };
    const before = world.listing();
    const end = await rollBackRun(requestFor(planOf(restore())), records, world, world.emit);
    expect(end).toMatchObject({ failure: { code: 'newer-run' } });
    expect(world.listing()).toEqual(before);
  });
});
