import { expect } from 'vitest';
import { type Lab, type LabHost, valueNumber } from '../lab/index.js';
import { type Caught, type Moment, stepsInFlight } from './caught.js';
import type { Watch } from './runback.js';
import type { Site } from './site.js';

/** What a cluster holds before a run that is killed: these keys, and a mark that the backup has not. */
export const KEYS = 300;
export const MARK = '/registry/mark/before-the-run';

/** What becomes of the frozen step once its controller is dead. */
export const FATES = ['it finishes by itself', 'it dies as well', 'it still runs'] as const;
export type Fate = (typeof FATES)[number];

export function restoreOf(snapshot: string): readonly string[] {
  return ['run', 'playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
}

/** kill -9, while the process lives and the step is in flight by the host's own notes. */
export async function kill(
  site: Site,
  caught: Caught,
  host: LabHost,
  { program }: Moment,
): Promise<void> {
  expect(caught.trap.caught()?.comm).toBe(program);
  expect(stepsInFlight(site, host, caught.run)).toHaveLength(1);
  process.kill(caught.pid, 'SIGKILL');
  const killed = await caught.ended;
  expect(killed.events.some((event) => event.type === 'run.finished')).toBe(false);
}

/** What the frozen step does now, to its end. */
export async function lose(caught: Caught, host: LabHost, fate: Fate): Promise<void> {
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

/** A step that still runs is let go only when the next process has the lock, and waits for its end. */
export function letGo(caught: Caught | undefined): Watch {
  return {
    onEvent: ({ type }) => {
      if (type === 'lock.taken') caught?.trap.remove();
    },
  };
}

/** The old cluster, as it was when the run began. */
export async function expectOld(lab: Lab, mark: string): Promise<void> {
  for (const { name } of lab.hosts) {
    const keys = await lab.members.allKeys(name);
    expect(keys.find(({ key }) => key === MARK)?.value, name).toBe(mark);
    expect(keys, name).toHaveLength(KEYS + 1);
  }
}

/** What was backed up, and nothing besides. */
export async function expectRestored(lab: Lab): Promise<void> {
  for (const { name } of lab.hosts) {
    const keys = await lab.members.allKeys(name);
    expect(keys, name).toHaveLength(KEYS);
    const values = new Set(keys.map(({ value }) => value));
    for (let number = 0; number < KEYS; number++) {
      expect(values.has(valueNumber(number, 'first')), `${name} ${number}`).toBe(true);
    }
  }
}
