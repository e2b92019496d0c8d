import { describe, expect, it } from 'vitest';
import type { Plan, Play } from '../../src/core/plan.js';
import { dryRun } from '../../src/engine/dry-run.js';
import { runPlan } from '../../src/engine/run.js';
import { missingTask, planOf, requestFor, SimulatedWorld } from './simulated-run.js';

/** A plan that only looks, and takes no lock. */
function looking(more: Partial<Play> = {}): Plan {
  const look = { ...missingTask('1.1', '/nowhere', 'gone:etcd'), gives: [] };
  const plan = planOf([look], 'rollback', { anyErrorsFatal: false, ...more });
  return { ...plan, cluster: null, lockHosts: [] };
}

function without(...names: readonly ('cp1' | 'cp2' | 'cp3')[]): SimulatedWorld {
  const world = new SimulatedWorld();
  for (const name of names) world.machine(name).isDown = true;
  return world;
}

describe.each([
  ['runs', runPlan],
  ['foretells', dryRun],
] as const)('who %s what only looks', (_, go) => {
  it('looks at the others when a host is away, and ends refused with its name', async () => {
    const world = without('cp2');
    const end = await go(requestFor(looking()), world, world.emit);
    expect(end).toMatchObject({
      outcome: 'refused',
      failure: { kind: 'unreachable', host: 'cp2' },
    });
    expect(world.events.filter(({ type }) => type === 'step.finished')).toHaveLength(2);
  });

  it('begins nothing when nobody is left', async () => {
    const world = without('cp1', 'cp2', 'cp3');
    const end = await go(requestFor(looking()), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { kind: 'unreachable' } });
    expect(world.events.filter(({ type }) => type === 'step.finished')).toEqual([]);
  });

  it.each([
    ['all hosts must be there', looking({ anyErrorsFatal: true })],
    [
      'hosts are changed',
      { ...looking(), cluster: 'lab', lockHosts: looking().plays[0]?.hosts ?? [] },
    ],
  ])('begins nothing without one host where %s', async (_why, plan) => {
    const world = without('cp2');
    const end = await go(requestFor(plan), world, world.emit);
    expect(end).toMatchObject({ outcome: 'refused', failure: { kind: 'unreachable' } });
    expect(world.events.filter(({ type }) => type === 'step.finished')).toEqual([]);
  });
});
