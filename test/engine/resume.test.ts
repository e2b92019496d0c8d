import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import type { RecordBody } from '../../src/core/record.js';
import { resumeRun } from '../../src/engine/resume-run.js';
import { rollBackRun } from '../../src/engine/roll-back-run.js';
import { runPlan } from '../../src/engine/run.js';
import type { Fault } from './simulated-host.js';
import {
  missingTask,
  moveTask,
  NAMES,
  planOf,
  programTask,
  requestFor,
  SimulatedWorld,
} from './simulated-run.js';

const MANIFEST = '/etc/manifests/etcd.yaml';
const PARKED = '/etc/parked/etcd.yaml';

const restore = () => [
  moveTask('1.1', MANIFEST, PARKED, { downtime: 'starts' }),
  missingTask('1.2', MANIFEST, 'gone:etcd'),
  moveTask('1.3', '/var/data', '/var/kept', { needs: ['gone:etcd'] }),
  moveTask('1.4', '/var/staged', '/var/data', { needs: ['gone:etcd'] }),
  moveTask('1.5', PARKED, MANIFEST, { downtime: 'ends' }),
];

/** A run whose controller dies when its journal has so many records; its hosts live on. */
async function diedAfter(recordsMax: number, world = new SimulatedWorld()) {
  world.recordsMax = recordsMax;
  await runPlan(requestFor(planOf(restore(), 'stop')), world, world.emit);
  const records: readonly RecordBody[] = [...world.records];
  world.recordsMax = Number.POSITIVE_INFINITY;
  return { world, records };
}

async function wholeRun() {
  const world = new SimulatedWorld();
  await runPlan(requestFor(planOf(restore())), world, world.emit);
  return { points: world.records.length, after: world.listing() };
}

/** One fault on cp1, at the change to this path. */
function faultAt(to: string, fault: Fault) {
  return (change: Change) => (change.kind === 'rename' && change.to === to ? fault : null);
}

describe('a run that is taken up in another process', () => {
  it('ends as if it had never been cut, from every point at which its journal may have stopped', async () => {
    const { points, after } = await wholeRun();
    for (let recordsMax = 1; recordsMax < points; recordsMax++) {
      const { world, records } = await diedAfter(recordsMax);
      const end = await resumeRun(requestFor(planOf(restore())), records, world, world.emit);
      expect(end, `after record ${recordsMax}`).toMatchObject({ outcome: 'done', left: [] });
      expect(world.listing(), `after record ${recordsMax}`).toEqual(after);
      for (const name of NAMES) {
        const { effects, lock } = world.machine(name);
        expect(new Set(effects).size, `after record ${recordsMax}`).toBe(effects.length);
        expect(lock.holder).toBeNull();
      }
    }
  });

  it('can still be taken back afterwards, from each of these points', async () => {
    const { points } = await wholeRun();
    const before = new SimulatedWorld().listing();
    for (let recordsMax = 1; recordsMax < points; recordsMax++) {
      const { world } = await diedAfter(recordsMax);
      await resumeRun(requestFor(planOf(restore())), [...world.records], world, world.emit);
      const records = [...world.records];
      const end = await rollBackRun(requestFor(planOf(restore())), records, world, world.emit);
      expect(end, `after record ${recordsMax}`).toMatchObject({ outcome: 'done', left: [] });
      expect(world.listing(), `after record ${recordsMax}`).toEqual(before);
    }
  });

  it('only finishes going back when it had begun to', async () => {
    const before = new SimulatedWorld().listing();
    const { world } = await diedAfter(18);
    const undone = [...world.records];
    let left = 3;
    const failing = { ...world, journal: dyingJournal(world, () => left-- > 0) };
    await rollBackRun(requestFor(planOf(restore())), undone, failing, world.emit);
    const records = [...world.records];
    expect(records.some((record) => record.type === 'rollback.started')).toBe(true);
    const end = await resumeRun(requestFor(planOf(restore())), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'rolled-back', left: [] });
    expect(world.listing()).toEqual(before);
  });

  it.each([
    ['adopts a change that happened although nobody saw its end', 'interrupt-after'],
    ['makes a guarded change again that did not happen', 'interrupt-before'],
  ] as const)('%s', async (_, fault) => {
    const world = new SimulatedWorld();
    world.machine('cp1').fault = faultAt('/var/kept', fault);
    await runPlan(requestFor(planOf(restore())), world, world.emit);
    world.machine('cp1').fault = () => null;
    const { after } = await wholeRun();
    const records = [...world.records];
    const end = await resumeRun(requestFor(planOf(restore())), records, world, world.emit);
    expect(end.outcome).toBe('done');
    expect(world.listing()).toEqual(after);
  });

  it('never starts a program again whose end nobody saw', async () => {
    const world = new SimulatedWorld();
    const plan = () => planOf([programTask('1.1', ['migrate'])]);
    world.machine('cp1').fault = () => 'interrupt-after';
    await runPlan(requestFor(plan()), world, world.emit);
    world.machine('cp1').fault = () => null;
    const end = await resumeRun(requestFor(plan()), [...world.records], world, world.emit);
    expect(end).toMatchObject({ outcome: 'unknown', failure: { code: 'half-made', host: 'cp1' } });
    expect(world.machine('cp1').effects).toEqual(['run migrate']);
    expect(end.inDoubt).toEqual(['1.1 cp1']);
  });

  it('gathers its evidence again before it goes on', async () => {
    const { world, records } = await diedAfter(16);
    world.machine('cp2').files.set(MANIFEST, 'somebody put it back');
    const end = await resumeRun(requestFor(planOf(restore(), 'stop')), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'stopped', failure: { kind: 'evidence-missing' } });
  });

  it('is refused when another run has changed the cluster since', async () => {
    const { world, records } = await diedAfter(16);
    for (const name of NAMES) world.machine(name).lock = { epoch: 9, holder: null };
    const before = world.listing();
    const end = await resumeRun(requestFor(planOf(restore())), records, world, world.emit);
    expect(end).toMatchObject({ outcome: 'stopped', failure: { code: 'newer-run' } });
    expect(world.listing()).toEqual(before);
  });
});

function dyingJournal(world: SimulatedWorld, mayWrite: () => boolean): SimulatedWorld['journal'] {
  return {
    append: async (record) => {
      if (mayWrite()) return world.journal.append(record);
      return { ok: false, error: { kind: 'disk', code: 'x', message: 'dead', next: 'x' } };
    },
  };
}
