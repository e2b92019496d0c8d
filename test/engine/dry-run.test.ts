import { describe, expect, it } from 'vitest';
import { dryRun } from '../../src/engine/dry-run.js';
import { missingTask, moveTask, planOf, requestFor, SimulatedWorld } from './simulated-run.js';

describe('a dry run', () => {
  it('changes nothing, takes no lock and writes no journal', async () => {
    const world = new SimulatedWorld();
    const before = world.listing();
    const plan = planOf([moveTask('1.1', '/var/data', '/var/kept')]);
    const end = await dryRun(requestFor(plan), world, world.emit);
    expect(end.outcome).toBe('would-change');
    expect(world.listing()).toEqual(before);
    expect(world.records).toEqual([]);
    expect(world.machine('cp1').lock.epoch).toBe(0);
  });

  it('defers a step that looks at what an earlier, pending step alters', async () => {
    const world = new SimulatedWorld();
    const plan = planOf([
      moveTask('1.1', '/var/data', '/var/kept'),
      moveTask('1.2', '/var/staged', '/var/data'),
      moveTask('1.3', '/etc/manifests/etcd.yaml', '/etc/parked/etcd.yaml'),
    ]);
    await dryRun(requestFor(plan), world, world.emit);
    expect(world.outcomes().filter((line) => line.includes('cp1'))).toEqual([
      '1.1 cp1 would_change',
      '1.2 cp1 deferred',
      '1.3 cp1 would_change',
    ]);
  });

  it('defers what needs evidence that is not there yet, and what reads an open register', async () => {
    const world = new SimulatedWorld();
    const plan = planOf([
      moveTask('1.1', '/etc/manifests/etcd.yaml', '/etc/parked/etcd.yaml', { register: 'parked' }),
      missingTask('1.2', '/etc/manifests/etcd.yaml', 'gone:etcd'),
      moveTask('1.3', '/var/data', '/var/kept', { needs: ['gone:etcd'] }),
      moveTask('1.4', '/var/staged', '/var/x', { reads: ['parked'] }),
    ]);
    await dryRun(requestFor(plan), world, world.emit);
    expect(world.outcomes().filter((line) => line.includes('cp2'))).toEqual([
      '1.1 cp2 would_change',
      '1.2 cp2 deferred',
      '1.3 cp2 deferred',
      '1.4 cp2 deferred',
    ]);
  });

  it('says that nothing is to be done where everything is already so', async () => {
    const world = new SimulatedWorld();
    const plan = planOf([missingTask('1.1', '/nowhere', 'gone:etcd')]);
    const end = await dryRun(requestFor(plan), world, world.emit);
    expect(end.outcome).toBe('done');
    expect(world.outcomes()).toContain('1.1 cp1 no_change');
  });

  it('is refused when a host cannot be reached', async () => {
    const world = new SimulatedWorld();
    world.machine('cp2').isDown = true;
    const plan = planOf([missingTask('1.1', '/nowhere', 'gone:etcd')]);
    const end = await dryRun(requestFor(plan), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { kind: 'unreachable' } });
  });
});
