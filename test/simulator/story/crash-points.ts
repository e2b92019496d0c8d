import type { Verb } from '../controller/attempt.js';
import type { KillPoint } from '../controller/process.js';
import { hashOf } from '../time/random.js';
import type { Claim } from './oracle.js';
import type { Playbook } from './plans.js';
import { type Script, type Told, tell } from './story.js';

/** What follows a kill. `rollback twice`: the rollback itself is killed, and begun once more. */
export const AFTERWARDS = ['resume', 'resume, rollback', 'rollback', 'rollback twice'] as const;
export type Afterwards = (typeof AFTERWARDS)[number];

export interface CrashPoint {
  readonly playbook: Playbook;
  readonly kill: KillPoint;
}

export interface Crash extends CrashPoint {
  readonly afterwards: Afterwards;
  /** Where the rollback is killed. */
  readonly second: KillPoint | null;
}

const SEED = 'crash points';
const NEVER: KillPoint = { effect: -1, edge: 'before' };

const VERBS: { readonly [how in Afterwards]: readonly Verb[] } = {
  resume: ['resume'],
  'resume, rollback': ['resume', 'rollback'],
  rollback: ['rollback'],
  'rollback twice': ['rollback'],
};

/** Every effect of a run that goes well, before and after. */
export async function crashPointsOf(playbook: Playbook): Promise<readonly CrashPoint[]> {
  const whole = { playbook, kill: NEVER, afterwards: 'rollback', second: null } as const;
  const told = await tell(scriptOf(whole));
  const [effects = 0] = told.effects;
  if (told.claim !== 'new' || told.violations.length > 0) {
    throw new Error(`without a fault it ends as ${told.claim}: ${told.violations.join('; ')}`);
  }
  return Array.from({ length: effects }, (_, index) => index + 1).flatMap((effect) =>
    (['before', 'after'] as const).map((edge) => ({ playbook, kill: { effect, edge } })),
  );
}

/** All that may follow one kill, each from the very same beginning. */
export async function* tellCrashes(
  point: CrashPoint,
): AsyncGenerator<{ readonly crash: Crash; readonly told: Told }> {
  let effects = 1;
  for (const afterwards of AFTERWARDS) {
    const isTwice = afterwards === 'rollback twice';
    const spread = hashOf(`${point.playbook} ${point.kill.effect} ${point.kill.edge}`);
    const second = isTwice ? { effect: 1 + (spread % effects), edge: point.kill.edge } : null;
    const crash: Crash = { ...point, afterwards, second };
    const told = await tell(scriptOf(crash));
    if (afterwards === 'rollback') effects = Math.max(1, told.effects[1] ?? 1);
    yield { crash, told: { ...told, violations: [...told.violations, ...wrongEnd(crash, told)] } };
  }
}

export function scriptOf({ playbook, kill, afterwards, second }: Crash): Script {
  return {
    seed: SEED,
    playbook,
    size: 3,
    faults: [],
    kills: [kill, second],
    verbs: VERBS[afterwards],
    isTakenBackAtTheEnd: afterwards === 'resume, rollback',
  };
}

/** With nothing broken but the controller, no story may stop half way. */
function wrongEnd({ afterwards }: Crash, { claim, endings }: Told): readonly string[] {
  const good: readonly Claim[] = [afterwards === 'resume' ? 'new' : 'old', 'untouched'];
  return good.includes(claim) ? [] : [`it ends as ${claim}: ${endings.join(' → ')}`];
}

export function nameOf({ playbook, kill, afterwards, second }: Crash): string {
  const again = second === null ? '' : ` ${second.edge} ${second.effect}`;
  return `${playbook} ${kill.edge} ${kill.effect}: ${afterwards}${again}`;
}
