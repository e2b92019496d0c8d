import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Lab, valueNumber } from '../lab/index.js';
import type { Chance } from '../live/chance.js';
import { type Ended, type RunEvent, runback } from '../live/runback.js';
import type { Site } from '../live/site.js';
import { FAULTS } from './faults.js';

export const KEYS = 200;
const MARK = '/registry/mark/story';
/** A restore has some sixty of these on three hosts; a fault that is due later never comes. */
const stepsMax = 55;
const triesMax = 5;

type State = 'the backup' | 'as before';

/** One restore with one fault, told to its end, and what its hosts are then. */
export interface Told {
  readonly fault: string;
  readonly fired: boolean;
  readonly where: string;
  /** `run: unknown, resume: done` */
  readonly way: readonly string[];
  readonly state: State;
}

/**
 * Runs the shipped restore, lets one fault happen at a random step, mends what stayed broken, and types
 * `resume` or `rollback` until the run is over. Throws when the hosts are then in between, or other than
 * what runback says.
 */
export async function torture(site: Site, snapshot: string, chance: Chance): Promise<Told> {
  const { lab } = site;
  const fault = chance.oneOf(FAULTS);
  const host = chance.oneOf(lab.hosts);
  const due = chance.oneOf(Array.from({ length: stepsMax }, (_, index) => index + 1));
  const mark = `before ${fault.name} ${due}`;
  await lab.members.write(MARK, mark);
  const way: string[] = [];
  const began = await runUntil(site, snapshot, due, (pid) => fault.during(pid, host));
  const where = `${began.where}, ${host.name}`;
  const isTakenOver = fault.pauses && began.fired;
  const desk: Desk = isTakenOver
    ? { directory: mkdtempSync(join(tmpdir(), 'runback-desk-')) }
    : site;
  const ended = isTakenOver ? await takeOver(site, desk, began, chance, way) : await began.ended;
  if (!isTakenOver) way.push(`run: ${outcomeOf(ended)}`);
  if (began.fired) await fault.after(host);
  const said = await toItsEnd(desk, began.run(), ended, chance, way);
  // A host that was away when a run was refused still has its lock: rollback gives it back.
  if (began.fired && /^run: refused/.test(way.at(-1) ?? '')) {
    await typed(desk, 'rollback', began.run(), way);
  }
  if (isTakenOver) rmSync(desk.directory, { recursive: true });
  await lab.untilHealthy();
  await lab.untilReady();
  const state = await stateOf(lab, mark);
  if (state !== said) throw new Error(`${way.join(', ')}: it says ${said}, and it is ${state}`);
  return { fault: fault.name, fired: began.fired, where, way, state };
}

/** From where a command is typed: its `.runback` is there. */
type Desk = Pick<Site, 'directory'>;

interface Begun {
  readonly fired: boolean;
  readonly where: string;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  run(): string;
}

/** Starts a restore; when so many steps have started the fault happens. Gives it when either is over. */
async function runUntil(
  site: Site,
  snapshot: string,
  due: number,
  happen: (pid: number) => Promise<void>,
): Promise<Begun> {
  let [pid, steps, run] = [0, 0, ''];
  let where = 'never';
  let fired: Promise<void> | null = null;
  let announce = (): void => {};
  const firing = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const onEvent = (event: RunEvent): void => {
    run = event.run ?? run;
    if (event.type !== 'step.started' || ++steps !== due) return;
    where = `step ${event.task}`;
    fired = happen(pid).finally(announce);
  };
  const onStarted = (child: number): void => {
    pid = child;
  };
  const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
  const ended = site.watched({ onEvent, onStarted }, 'run', ...words);
  await Promise.race([ended, firing]);
  await fired;
  return { fired: fired !== null, where, pid, ended, run: () => run };
}

/**
 * Somebody at another desk, with a copy of the run's directory, ends the run; the old one wakes up behind
 * it and must not claim an end of its own.
 */
async function takeOver(
  site: Site,
  desk: Desk,
  began: Begun,
  chance: Chance,
  way: string[],
): Promise<Ended> {
  // Who owns the run is known on one machine only: another one has its own processes.
  const filter = (path: string): boolean => !basename(path).startsWith('owner.');
  const from = join(site.directory, '.runback');
  cpSync(from, join(desk.directory, '.runback'), { recursive: true, filter });
  const ended = await type(desk, began.run(), chance, way);
  process.kill(began.pid, 'SIGCONT');
  const woken = outcomeOf(await began.ended);
  way.push(`woken: ${woken}`);
  if (stateSaid(ended) !== null && /^(done|rolled-back)/.test(woken)) {
    throw new Error(`${way.join(', ')}: the one that was taken over claims the end`);
  }
  return ended;
}

async function toItsEnd(
  desk: Desk,
  run: string,
  first: Ended,
  chance: Chance,
  way: string[],
): Promise<State> {
  let ended = first;
  for (let tries = 0; tries < triesMax; tries++) {
    const state = stateSaid(ended);
    if (state !== null) return state;
    ended = await type(desk, run, chance, way);
  }
  const state = stateSaid(ended);
  if (state !== null) return state;
  throw new Error(`${way.join(', ')}: it does not come to an end\n${ended.stdout}${ended.stderr}`);
}

/** A run that began to go back finishes that whichever is typed. */
async function type(desk: Desk, run: string, chance: Chance, way: string[]): Promise<Ended> {
  return typed(desk, chance.oneOf(['resume', 'rollback']), run, way);
}

async function typed(desk: Desk, verb: string, run: string, way: string[]): Promise<Ended> {
  const ended = await runback([verb, run, '--yes', '--output', 'json'], desk.directory);
  way.push(`${verb}: ${outcomeOf(ended)}`);
  return ended;
}

function finishOf(ended: Ended): RunEvent | undefined {
  return ended.events.find((event) => event.type === 'run.finished');
}

function outcomeOf(ended: Ended): string {
  const finish = finishOf(ended);
  if (finish === undefined) return `exit code ${ended.code}`;
  const { code } = (finish.failure ?? {}) as { readonly code?: string };
  return `${finish.outcome}${code === undefined ? '' : ` (${code})`}`;
}

/** What runback says of the hosts; null: the run is not over. */
function stateSaid(ended: Ended): State | null {
  const finish = finishOf(ended);
  if (finish === undefined) return null;
  const { outcome, mode } = finish;
  if (outcome === 'done') return mode === 'rollback' ? 'as before' : 'the backup';
  return outcome === 'rolled-back' || outcome === 'refused' ? 'as before' : null;
}

/** The lab's own eyes: every member has the same, and all of the one or of the other. */
async function stateOf(lab: Lab, mark: string): Promise<State> {
  const all = await Promise.all(lab.hosts.map(({ name }) => lab.members.allKeys(name)));
  const states = all.map((keys): State => {
    const marked = keys.find(({ key }) => key === MARK)?.value;
    const values = new Set(keys.map(({ value }) => value));
    const wanted = Array.from({ length: KEYS }, (_, number) => valueNumber(number, 'first'));
    if (!wanted.every((value) => values.has(value))) throw new Error('keys are lost');
    if (marked === mark && keys.length === KEYS + 1) return 'as before';
    if (marked === undefined && keys.length === KEYS) return 'the backup';
    throw new Error(`in between: ${keys.length} keys, mark ${marked}`);
  });
  const [state] = states;
  if (state === undefined || new Set(states).size > 1) throw new Error('members differ');
  return state;
}

export function told({ fault, fired, where, way, state }: Told): string {
  return `${fired ? fault : `${fault} (never due)`} at ${where}: ${way.join(', ')} → ${state}`;
}
