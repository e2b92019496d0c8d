import type { Verb } from '../controller/attempt.js';
import { Random } from '../time/random.js';
import { olderCopyFrom } from './copies.js';
import { type Armed, FAULTS } from './faults.js';
import { FORWARD, type Phase } from './phases.js';
import { type Playbook, WORKERS } from './plans.js';
import type { Script, WorkerDown } from './story.js';

const VERBS: readonly (readonly Verb[])[] = [['rollback'], ['resume'], ['resume', 'rollback']];

/**
 * One seed is one story: how many hosts, which playbook, what goes wrong and when, what is tried then.
 * `again`: the faults of the first telling found no moment, and others are drawn.
 */
export function scriptFrom(seed: string, again = ''): Script {
  const olderCopy = olderCopyFrom(new Random(seed).fork('older copy'));
  const workersDown = downFrom(new Random(seed).fork('workers down'));
  return { ...faultsFrom(seed, again), olderCopy, workersDown };
}

/** At any moment, for a while or for good: nothing of it may be seen in how a story ends. */
function downFrom(random: Random): readonly WorkerDown[] {
  return WORKERS.flatMap(({ name }) => {
    if (!random.chance(0.4)) return [];
    const afterMs = random.chance(0.4) ? 0 : random.between(0, 60_000);
    return [{ name, afterMs, forMs: random.chance(0.5) ? null : random.between(1_000, 60_000) }];
  });
}

function faultsFrom(seed: string, again: string): Script {
  const random = new Random(seed).fork(`script ${again}`);
  const playbook: Playbook = random.chance(0.85) ? 'restore' : 'backup';
  const size = random.chance(0.85) ? 3 : 5;
  if (random.chance(0.12)) return cutInside(seed, random, size);
  const twice = new Random(seed).fork(`told twice ${again}`);
  if (twice.chance(0.05)) return toldTwice(seed, twice, size);
  if (twice.chance(0.02)) return toldInVain(seed, twice, size);
  const phase = random.pick(FORWARD[playbook]);
  const faults: Armed[] = [armedIn(phase, random)];
  if (random.chance(0.3)) faults.push(armedIn(random.pick(FORWARD[playbook]), random));
  if (random.chance(0.5)) {
    // Something must begin a rollback before a fault can fall into it.
    const last = laterOf(phase, random.pick(FORWARD[playbook]), playbook);
    faults.push({ fault: 'we are killed', phase: last, nth: nthOf(random, 12) });
    faults.push({ fault: random.pick(FAULTS), phase: 'undo', nth: nthOf(random, 60) });
  }
  return { seed, playbook, size, faults, kills: [], verbs: random.pick(VERBS) };
}

/** A step is cut in its middle, taken up again, and everything is taken back by a third process. */
function cutInside(seed: string, random: Random, size: number): Script {
  const phase = random.pick(WITH_BUNDLES);
  const later = FORWARD.restore.slice(FORWARD.restore.indexOf(phase));
  const faults: Armed[] = [
    { fault: random.pick(['orphan', 'host reboots']), phase, nth: nthOf(random, 9) },
    { fault: 'we are killed', phase: random.pick(later), nth: nthOf(random, 9) },
  ];
  return { seed, playbook: 'restore', size, faults, kills: [], verbs: ['resume', 'rollback'] };
}

/** What a kubelet has just been told is taken back at once, while nobody can see what it is at. */
function toldTwice(seed: string, random: Random, size: number): Script {
  const phase = random.pick(['start etcd', 'start etcd', 'stop etcd', 'park the API'] as const);
  const nth = random.chance(0.8) ? 1 : size;
  const faults: Armed[] = [{ fault: 'we are killed', phase, nth, of: 'change' }];
  if (random.chance(0.3)) faults.push({ fault: 'kubelet slow', phase, nth: 1 });
  const script = { seed, playbook: 'restore', size, faults, kills: [] } as const;
  return { ...script, verbs: ['rollback'], pausesMs: [0, 300, 600, 1_200] };
}

/** What a kubelet is told late in the story, it does not do. */
function toldInVain(seed: string, random: Random, size: number): Script {
  const fault = random.pick(['kubelet dead', 'kubelet slow'] as const);
  const phase = random.pick(['start etcd', 'bring back'] as const);
  const faults: Armed[] = [{ fault, phase, nth: nthOf(random, size) }];
  return { seed, playbook: 'restore', size, faults, kills: [], verbs: random.pick(VERBS) };
}

const WITH_BUNDLES = ['stage', 'park the API', 'stop etcd', 'swap', 'bring back'] as const;

function armedIn(phase: Phase, random: Random): Armed {
  return { fault: random.pick(FAULTS), phase, nth: nthOf(random, 12) };
}

/** Small numbers more often: a phase may have only few chances. */
function nthOf(random: Random, most: number): number {
  return random.between(1, random.between(1, most));
}

function laterOf(one: Phase, other: Phase, playbook: Playbook): Phase {
  const phases = FORWARD[playbook];
  return phases.indexOf(one) > phases.indexOf(other) ? one : other;
}
