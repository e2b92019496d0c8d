import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import type { HostName } from '../../src/core/names.js';
import type { OutputAt, OutputPiece } from '../../src/core/ports.js';
import { err } from '../../src/core/result.js';
import type { RunRequest } from '../../src/engine/context.js';
import { runPlan } from '../../src/engine/run.js';
import { planOf, programTask, requestFor, SimulatedWorld } from './simulated-run.js';

const host = 'cp1' as HostName;
const argv = ['etcdctl', 'snapshot', 'save'] as const;

function verbose(noLog = false, more: Partial<RunRequest> = {}): RunRequest {
  const task = programTask('1.1', argv, { hosts: [host], noLog });
  return { ...requestFor(planOf([task])), isVerbose: true, ...more };
}

const piece = (text: string, at: number): OutputPiece => ({
  stream: 'stdout',
  text,
  at,
  gap: false,
});

/** Its program prints `one` before its connection breaks, and `two` behind that. */
function talking(): { world: SimulatedWorld; followed: OutputAt[] } {
  const world = new SimulatedWorld();
  const machine = world.machine(host);
  const { open } = machine.hold(() => true);
  const followed: OutputAt[] = [];
  machine.follow = async (run, cluster, id, from, onOutput) => {
    followed.push(from);
    if (followed.length === 1) {
      onOutput(piece('one\ntw', 6));
      return err(failure('unreachable', 'cut', 'cut', 'again', { host }));
    }
    onOutput(piece('o\nthree', 13));
    open();
    return world.machine('cp2').follow(run, cluster, id, from, onOutput);
  };
  return { world, followed };
}

const said = ({ events }: SimulatedWorld) =>
  events.flatMap((event) => (event.type === 'step.output' ? [`${event.host} ${event.text}`] : []));

describe('what a running program prints', () => {
  it('is told line by line, and goes on where it was when the connection broke', async () => {
    const { world, followed } = talking();
    expect((await runPlan(verbose(), world, world.emit)).outcome).toBe('done');
    expect(said(world)).toEqual(['cp1 one', 'cp1 two', 'cp1 three']);
    expect(followed).toEqual([
      { stdout: 0, stderr: 0 },
      { stdout: 6, stderr: 0 },
    ]);
    const types = world.events.map(({ type }) => type);
    expect(types.lastIndexOf('step.output')).toBeLessThan(types.indexOf('step.finished'));
  });

  it.each([
    { what: 'nobody wants it', request: () => verbose(false, { isVerbose: false }) },
    { what: 'its task is not to be logged', request: () => verbose(true) },
  ])('is not even read where $what', async ({ request }) => {
    const world = new SimulatedWorld();
    world.machine(host).follow = () => {
      throw new Error('it was followed');
    };
    expect((await runPlan(request(), world, world.emit)).outcome).toBe('done');
  });
});

describe('the second signal', () => {
  async function signalled(repeatable: boolean) {
    const world = new SimulatedWorld();
    const machine = world.machine(host);
    const [stop, abandon] = [new AbortController(), new AbortController()];
    const { open } = machine.hold(() => true);
    const cancelled: string[] = [];
    const fault: { ended: boolean } = { ended: false };
    machine.fault = () => (fault.ended ? 'fail' : null);
    machine.cancel = async (run, cluster, ids) => {
      cancelled.push(...ids);
      fault.ended = true;
      open();
      return machine.settle(run, cluster, []);
    };
    const carryOut = machine.carryOut.bind(machine);
    machine.carryOut = (bundle, signal) => {
      stop.abort();
      abandon.abort();
      if (signal?.aborted === true)
        return Promise.resolve(err(failure('interrupted', 'x', 'x', 'x')));
      return carryOut(bundle);
    };
    const task = programTask('1.1', argv, { hosts: [host] }, repeatable);
    const request = { ...requestFor(planOf([task]), stop.signal), abandon: abandon.signal };
    return { end: await runPlan(request, world, world.emit), cancelled, world };
  }

  it('ends what may be begun again, and hears how it ended', async () => {
    const { end, cancelled, world } = await signalled(true);
    expect(cancelled).toHaveLength(1);
    expect(end).toMatchObject({ outcome: 'interrupted', failure: { code: 'ended-at-once' } });
    expect(end.inDoubt).toEqual([]);
    expect(world.records.find(({ type }) => type === 'step.finished')).toMatchObject({
      receipts: [{ state: 'done', exitCode: 1 }],
    });
  });

  it('never ends anything else: it goes on there, and is in doubt', async () => {
    const { end, cancelled } = await signalled(false);
    expect(cancelled).toEqual([]);
    expect(end).toMatchObject({ outcome: 'interrupted', inDoubt: ['1.1 cp1'] });
  });
});
