import { type CrashPoint, nameOf, scriptOf, tellCrashes } from './crash-points.js';
import type { Fired } from './faults.js';
import { scriptFrom } from './from-seed.js';
import { type Rule, without } from './planted.js';
import { type Script, tell } from './story.js';

/** A part of the work, as it is given to one worker. */
export type Work =
  | { readonly kind: 'seeds'; readonly seeds: readonly number[]; readonly without: Rule | null }
  | { readonly kind: 'crashes'; readonly points: readonly CrashPoint[] };

export interface Wrong {
  readonly name: string;
  readonly violations: readonly string[];
  readonly endings: readonly string[];
  readonly script: Script;
}

/** What many stories came to. */
export interface Sum {
  stories: number;
  readonly claims: { [claim: string]: number };
  readonly cells: { [phaseAndFault: string]: number };
  /** Stories in which no fault found its moment. */
  calm: number;
  readonly wrong: Wrong[];
}

export function emptySum(): Sum {
  return { stories: 0, claims: {}, cells: {}, calm: 0, wrong: [] };
}

export function addSum(to: Sum, more: Sum): void {
  to.stories += more.stories;
  to.calm += more.calm;
  to.wrong.push(...more.wrong);
  for (const part of ['claims', 'cells'] as const) {
    for (const [name, count] of Object.entries(more[part])) {
      to[part][name] = (to[part][name] ?? 0) + count;
    }
  }
}

export async function doWork(work: Work): Promise<Sum> {
  return work.kind === 'seeds' ? tellSeeds(work.seeds, work.without) : crash(work.points);
}

/** A seed whose faults find no moment is told again with earlier ones: every story has one. */
export async function tellSeed(seed: number, rule: Rule | null, isTraced = false) {
  const planted = without(rule);
  let script = scriptFrom(`${seed}`);
  let told = await tell({ ...script, ...planted, isTraced });
  for (let again = 1; told.fired.length === 0 && again < 20; again++) {
    script = scriptFrom(`${seed}`, `again ${again}`);
    told = await tell({ ...script, ...planted, isTraced });
  }
  return { script, told };
}

async function tellSeeds(seeds: readonly number[], rule: Rule | null): Promise<Sum> {
  const sum = emptySum();
  for (const seed of seeds) {
    const { script, told } = await tellSeed(seed, rule);
    count(sum, told.claim, told.fired);
    if (told.fired.length === 0) sum.calm += 1;
    if (told.violations.length === 0) continue;
    const { violations, endings } = told;
    sum.wrong.push({ name: `seed ${seed}`, violations, endings, script });
  }
  return sum;
}

async function crash(points: readonly CrashPoint[]): Promise<Sum> {
  const sum = emptySum();
  for (const point of points) {
    for await (const { crash, told } of tellCrashes(point)) {
      count(sum, `${crash.playbook}, ${crash.afterwards} → ${told.claim}`, []);
      const { violations, endings } = told;
      if (violations.length === 0) continue;
      sum.wrong.push({ name: nameOf(crash), violations, endings, script: scriptOf(crash) });
    }
  }
  return sum;
}

function count(sum: Sum, claim: string, fired: readonly Fired[]): void {
  sum.stories += 1;
  sum.claims[claim] = (sum.claims[claim] ?? 0) + 1;
  for (const { phase, fault } of fired) {
    const cell = `${phase}/${fault}`;
    sum.cells[cell] = (sum.cells[cell] ?? 0) + 1;
  }
}
