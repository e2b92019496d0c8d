import type { Event } from '../../../src/core/event.js';
import type { RunId } from '../../../src/core/names.js';
import type { RunEnd } from '../../../src/engine/finish.js';
import {
  Attempt,
  type Ending,
  UNTOUCHED,
  type Verb,
  type Wrappers,
} from '../controller/attempt.js';
import type { KillPoint } from '../controller/process.js';
import type { Machine } from '../host/machine.js';
import { Random } from '../time/random.js';
import { copyOf, type OlderCopy } from './copies.js';
import { type Armed, Faults, type Fired } from './faults.js';
import { type Claim, Oracle } from './oracle.js';
import { phaseOf, undoOf } from './phases.js';
import { type Playbook, planOf } from './plans.js';
import { Site } from './site.js';

export const RUN = '20260102T030405Z-0123456789abcdef' as RunId;

/** What one story is: who, what, and everything that goes wrong. */
export interface Script {
  readonly seed: string;
  readonly playbook: Playbook;
  readonly size: number;
  readonly faults: readonly Armed[];
  /** Where each process in turn is killed; none: only the faults do. */
  readonly kills: readonly (KillPoint | null)[];
  /** What is tried after the first process, in order; the last one again and again. */
  readonly verbs: readonly Verb[];
  readonly olderCopy?: OlderCopy | undefined;
  readonly workersDown?: readonly WorkerDown[];
  /** How long it takes until the next process is begun, drawn from these. */
  readonly pausesMs?: readonly number[];
  /** What is done is taken back, before the oracle is asked. */
  readonly isTakenBackAtTheEnd?: boolean;
  readonly wrappers?: Wrappers;
  /** Switches rules of the simulated hosts off, for planted bugs. */
  readonly prepare?: (site: Site) => void;
  readonly isTraced?: boolean;
}

/** A worker loses power, for so long; null: for good. */
export interface WorkerDown {
  readonly name: string;
  readonly afterMs: number;
  readonly forMs: number | null;
}

export interface Told {
  readonly claim: Claim;
  readonly fired: readonly Fired[];
  readonly violations: readonly string[];
  /** How each process ended, in words. */
  readonly endings: readonly string[];
  /** Effects of each process. */
  readonly effects: readonly number[];
  readonly trace: readonly string[];
}

const triesMax = 6;
const PAUSES_MS = [0, 500, 5_000, 90_000];
const SETTLED_AFTER_MS = 240_000;

/** Tells one story from its beginning to its end, and asks the oracle. */
export async function tell(script: Script): Promise<Told> {
  const site = new Site(new Random(script.seed), script.size, script.isTraced === true);
  await site.begin();
  script.prepare?.(site);
  return new Story(site, script).tell();
}

class Story {
  private readonly oracle: Oracle;
  private readonly faults: Faults;
  private readonly endings: string[] = [];
  private readonly effects: number[] = [];
  private readonly warned = new Set<string>();
  /** Workers that were said to be left out; `failed w1`: its kubelet did not restart. */
  private readonly named = new Set<string>();
  private readonly random: Random;
  private controller: Machine;
  private supplanted: Attempt | null = null;
  private supplantedTry = -1;
  /** All hosts had its end before anybody took over: what it says later was true then. */
  private supplantedHadEnded = false;
  private last: Ending | null = null;
  private goesBack = false;
  private copied: Machine | null = null;

  constructor(
    private readonly site: Site,
    private readonly script: Script,
  ) {
    this.random = site.random.fork('story');
    this.controller = site.controller;
    this.oracle = new Oracle(site, script.playbook, RUN);
    this.faults = new Faults(site, site.random.fork('faults'), script.faults);
  }

  async tell(): Promise<Told> {
    for (const one of this.script.workersDown ?? []) this.letFall(one);
    let claim = await this.untilClaimed();
    this.faults.mend();
    await this.site.time.pass(SETTLED_AFTER_MS);
    if (this.supplanted !== null) {
      this.wakeSupplanted(this.supplanted);
      await this.site.time.pass(SETTLED_AFTER_MS);
      this.hearSupplanted(this.supplanted, claim);
    }
    if (claim !== 'stopped') claim = (await this.tryOlderCopy('after', 90)) ?? claim;
    await this.site.time.pass(SETTLED_AFTER_MS);
    const copies = this.copied === null ? [] : [this.copied];
    this.oracle.atTheEnd(claim, [this.site.controller, this.controller, ...copies]);
    if (claim !== 'stopped') this.expectNoLock();
    if (claim === 'new' && this.script.playbook === 'restore') this.expectWorkers();
    const { violations, trace } = this.site;
    const { endings, effects, faults } = this;
    return { claim, fired: faults.fired, violations, endings, effects, trace: trace.lines };
  }

  /** One process after the other, with an operator who mends what can be mended in between. */
  private async untilClaimed(): Promise<Claim> {
    for (let tries = 0; tries < triesMax; tries++) {
      const verb = tries === 0 ? 'run' : this.verbOf(tries);
      const ending = await this.attempt(verb, tries);
      this.last = ending;
      this.endings.push(`${verb}: ${shown(ending)}`);
      this.expectNoWorker(ending);
      const claim = claimOf(ending, verb, this.isLocked());
      if (claim !== null) {
        this.oracle.atOnce(claim);
        if (claim !== 'new' || this.script.isTakenBackAtTheEnd !== true) return claim;
        this.goesBack = true;
        continue;
      }
      this.expectLock(ending);
      this.faults.mend();
      await this.site.time.pass(this.random.pick(this.script.pausesMs ?? PAUSES_MS));
      const byCopy = await this.tryOlderCopy('between', 50 + tries);
      if (byCopy !== null) return byCopy;
    }
    this.expectHonesty();
    return 'stopped';
  }

  private verbOf(tries: number): Verb {
    // Who cannot go on goes back.
    const { verbs } = this.script;
    if (this.goesBack) return 'rollback';
    return tries > 3 ? 'rollback' : (verbs[Math.min(tries, verbs.length) - 1] ?? 'rollback');
  }

  private async attempt(verb: Verb, tries: number): Promise<Ending> {
    const { site, script, faults } = this;
    faults.phase = 'connect and lock';
    faults.isUndoing = false;
    const attempt = new Attempt(
      site,
      {
        verb,
        plan: planOf(script.playbook, site.places),
        run: RUN,
        controller: this.controller,
        killPoint: script.kills[tries] ?? null,
        fates: (host, kind, process) => faults.fate(host, kind, process),
        emit: (event) => this.hear(event, tries),
        onEffect: (process, label) => {
          faults.onEffect(process, label);
          if (tries === 0 && process.effects === script.olderCopy?.effect) {
            this.copied = copyOf(site, site.controller);
          }
        },
        wrappers: script.wrappers ?? UNTOUCHED,
      },
      tries + 1,
    );
    let isSupplanted = false;
    faults.handle = {
      process: attempt.process,
      controller: this.controller,
      signal: (isTwice) => {
        attempt.stop.abort();
        if (isTwice) site.time.after(this.random.between(0, 2_000), () => attempt.abandon.abort());
      },
      supplant: () => {
        if (attempt.isOver || this.supplanted !== null) return;
        isSupplanted = true;
        attempt.process.pause();
        this.supplanted = attempt;
        this.supplantedTry = tries;
        this.supplantedHadEnded = site.members.every(({ runner }) => runner.known(RUN).ended > 0);
      },
    };
    const ending = await attempt.untilOver(() => isSupplanted);
    this.effects.push(attempt.process.effects);
    if (ending !== null) return ending;
    this.controller = copyOf(site, site.controller);
    return { kind: 'killed' };
  }

  /** Somebody takes the wrong directory. What it claims, if anything, must be as true as any claim. */
  private async tryOlderCopy(when: OlderCopy['when'], incarnation: number): Promise<Claim | null> {
    const { site, script, copied } = this;
    if (copied === null || script.olderCopy?.when !== when) return null;
    const attempt = new Attempt(
      site,
      {
        verb: script.olderCopy.verb,
        plan: planOf(script.playbook, site.places),
        run: RUN,
        controller: copied,
        killPoint: null,
        fates: () => ({}),
        emit: () => {},
        onEffect: () => {},
        wrappers: script.wrappers ?? UNTOUCHED,
      },
      incarnation,
    );
    const ending = (await attempt.untilOver(() => false)) ?? { kind: 'hung' };
    this.endings.push(`an older copy, ${attempt.verb}: ${shown(ending)}`);
    const isRefused = ending.kind === 'ended' && ending.end.failure?.code === 'older-copy';
    const isBegun = ending.kind === 'ended' && !isRefused;
    return isBegun ? claimOf(ending, attempt.verb, this.isLocked()) : null;
  }

  /** Whoever was taken over wakes up and goes on as if nothing had happened. */
  private wakeSupplanted(attempt: Attempt): void {
    if (attempt.process.isPaused) attempt.process.wake();
  }

  private hearSupplanted(attempt: Attempt, claim: Claim): void {
    const { ending } = attempt;
    if (ending?.kind !== 'ended' || this.last === null || this.supplantedHadEnded) return;
    const its = claimOf(ending, attempt.verb, false);
    if ((its === 'new' || its === 'old') && its !== claim) {
      this.say(`the one that was taken over says that it is ${its}`);
    }
  }

  private hear(event: Event, tries: number): void {
    const { faults, site, supplanted } = this;
    // Whoever was taken over goes on talking; the story is another's now.
    if (supplanted !== null && tries === this.supplantedTry) return;
    if (event.type === 'lock.taken' && supplanted !== null) {
      site.time.after(this.random.between(0, 30_000), () => this.wakeSupplanted(supplanted));
    }
    if (event.type === 'task.started') {
      const phase = phaseOf(event);
      faults.isUndoing = event.direction === 'undo';
      faults.phase = faults.isUndoing ? undoOf(phase) : phase;
      site.trace.add('EVENT', `${event.direction} ${event.task} ${event.name}`);
    }
    if (event.type === 'warning' && event.host !== null) this.warned.add(event.host);
    if (event.type === 'step.finished' && event.failure !== null) {
      if (event.outcome === 'unreachable') this.named.add(event.host);
      if (event.outcome === 'ignored') this.named.add(`failed ${event.host}`);
      const { message, detail } = event.failure;
      site.trace.add(
        'EVENT',
        `${event.task} ${event.host} ${event.outcome}: ${message} ${detail ?? ''}`,
      );
    }
    if (event.type === 'run.finished') {
      site.trace.add('EVENT', `ends: ${event.outcome} ${event.failure?.message ?? ''}`);
    }
  }

  private letFall({ name, afterMs, forMs }: WorkerDown): void {
    const machine = this.site.machines.get(name);
    this.site.time.after(afterMs, () => {
      if (machine !== undefined) machine.isGone ||= forMs === null;
      machine?.losePower();
    });
    if (forMs !== null) this.site.time.after(afterMs + forMs, () => machine?.powerOn());
  }

  /** A worker never decides how a run ends; only we ourselves may stop in the middle of one. */
  private expectNoWorker(ending: Ending): void {
    if (ending.kind !== 'ended' || ending.end.failure === null) return;
    const { failure } = ending.end;
    if (failure.kind === 'interrupted') return;
    if (!this.site.workers.some(({ name }) => namesHost(failure, name))) return;
    this.say(`a worker has decided how it ends: ${shown(ending)}`);
  }

  /** Each worker's kubelet was restarted, or somebody was told that it was not, and why. */
  private expectWorkers(): void {
    for (const { name } of this.site.workers) {
      if (this.oracle.restarted.has(name) || this.named.has(name)) continue;
      if (![...this.named].some((one) => one.startsWith('failed'))) {
        this.say(`the kubelet of ${name} was not restarted, and nobody was told`);
      }
    }
  }

  private isLocked(): boolean {
    return this.site.members.some(({ runner }) => runner.lockState().holder !== null);
  }

  /** It is over: nobody may hold the lock, but where it was said that it could not be given back. */
  private expectNoLock(): void {
    for (const { name, runner } of [...this.site.members, ...this.site.workers]) {
      const { holder } = runner.lockState();
      if (holder === null || this.warned.has(name)) continue;
      this.say(`it is over, and the lock of ${name} is held by epoch ${holder.epoch}`);
    }
  }

  /** It is not over, and hosts are changed: the lock must be there on every one of them. */
  private expectLock(ending: Ending): void {
    if (ending.kind !== 'ended' || ending.end.left.length === 0) return;
    if (ending.end.failure?.kind === 'fenced') return;
    for (const { name, runner } of this.site.members) {
      if (runner.lockState().holder !== null) continue;
      this.say(`${shown(ending)}: hosts are changed, and the lock of ${name} is not held`);
    }
  }

  /** A story that comes to no end must have a reason that nobody can mend, and must name it. */
  private expectHonesty(): void {
    const { last } = this;
    if (last?.kind !== 'ended') {
      this.say(`it comes to no end: ${this.endings.at(-1)}`);
      return;
    }
    const gone = this.site.members.filter(({ isGone }) => isGone).map(({ name }) => name);
    const { failure } = last.end;
    if (failure !== null && gone.some((name) => namesHost(failure, name))) return;
    this.say(`all that can be mended is, and yet: ${shown(last)}`);
  }

  private say(what: string): void {
    if (!this.site.violations.includes(what)) this.site.violations.push(what);
    this.site.trace.add('ORACLE', what);
  }
}

function namesHost({ host, message }: NonNullable<RunEnd['failure']>, name: string): boolean {
  return host === name || message.includes(name);
}

/** What the operator may believe now; null: the story goes on. */
function claimOf(ending: Ending, verb: Verb, isLocked: boolean): Claim | null {
  if (ending.kind === 'not-begun') {
    return ['no-such-run', 'run-not-begun', 'disk-enospc'].includes(ending.code)
      ? 'untouched'
      : null;
  }
  if (ending.kind !== 'ended') return null;
  const { outcome } = ending.end;
  if (outcome === 'refused' && verb === 'run') return 'untouched';
  const isNothing = ending.end.left.length === 0 && !isLocked;
  if ((outcome === 'refused' || outcome === 'interrupted') && isNothing) return 'untouched';
  if (outcome === 'rolled-back') return 'old';
  if (outcome === 'done') return verb === 'rollback' ? 'old' : 'new';
  return null;
}

function shown(ending: Ending): string {
  switch (ending.kind) {
    case 'ended': {
      const { outcome, failure } = ending.end;
      return failure === null ? outcome : `${outcome} (${failure.code}: ${failure.message})`;
    }
    case 'not-begun':
      return `not begun (${ending.code})`;
    case 'threw':
      return `threw ${String((ending.thrown as Error)?.stack ?? ending.thrown)}`;
    default:
      return ending.kind;
  }
}
