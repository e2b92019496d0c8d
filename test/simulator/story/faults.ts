import type { Fate, RequestKind } from '../controller/link.js';
import type { ControllerProcess } from '../controller/process.js';
import type { Machine } from '../host/machine.js';
import type { Random } from '../time/random.js';
import type { Phase } from './phases.js';
import type { Site } from './site.js';

export const FAULTS = [
  'request lost',
  'answer lost',
  'answer late',
  'request twice',
  'connection cut',
  'host reboots',
  'host gone',
  'disk full: host',
  'disk full: us',
  'we lose power',
  'we are killed',
  'partition',
  'kubelet slow',
  'kubelet dead',
  'orphan',
  'signal',
  'two of us',
] as const;

export type Fault = (typeof FAULTS)[number];

/** One thing that will go wrong: at the n-th chance in a phase. */
export interface Armed {
  readonly fault: Fault;
  /** `undo`: whatever is taken back first. */
  readonly phase: Phase | 'undo';
  readonly nth: number;
  /** Only requests of this kind count as chances. */
  readonly of?: RequestKind;
}

export interface Fired {
  readonly fault: Fault;
  readonly phase: Phase;
  readonly host: string;
}

/** What a fault may do to the program itself. */
export interface Handle {
  /** The machine that the program runs on. */
  readonly controller: Machine;
  readonly process: ControllerProcess;
  /** A signal; `twice`: the second one follows. */
  signal(isTwice: boolean): void;
  /** It is paused, and somebody else takes its run over. */
  supplant(): void;
}

/** Lets the armed faults happen at their moments, and remembers which did. */
export class Faults {
  phase: Phase = 'connect and lock';
  isUndoing = false;
  handle: Handle | null = null;
  readonly fired: Fired[] = [];
  readonly #waiting: { readonly armed: Armed; seen: number }[];

  constructor(
    private readonly site: Site,
    private readonly random: Random,
    armed: readonly Armed[],
  ) {
    this.#waiting = armed.map((one) => ({ armed: one, seen: 0 }));
  }

  /** Asked before every request: its chance for a fault, and what becomes of it. */
  fate(host: string, kind: RequestKind, process: ControllerProcess): Fate {
    if (process !== this.handle?.process || host === 'controller') return {};
    let fate: Fate = {};
    for (const waiting of [...this.#waiting]) {
      const { fault } = waiting.armed;
      if (fault === 'disk full: us' || !this.isIn(waiting.armed)) continue;
      const counted = fault === 'orphan' ? 'change' : waiting.armed.of;
      if (counted !== undefined && kind !== counted) continue;
      // A stream of bytes is not a message: it cannot come twice.
      if (fault === 'request twice' && kind === 'transfer') continue;
      waiting.seen += 1;
      if (waiting.seen < waiting.armed.nth) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.note(fault, host);
      fate = { ...fate, ...this.happen(fault, host) };
    }
    return fate;
  }

  /** Asked at every effect: only the journal's writes count for a full disk of our own. */
  onEffect(process: ControllerProcess, label: string): void {
    if (process !== this.handle?.process || !label.startsWith('write the journal')) return;
    for (const waiting of [...this.#waiting]) {
      if (waiting.armed.fault !== 'disk full: us' || !this.isIn(waiting.armed)) continue;
      waiting.seen += 1;
      if (waiting.seen < waiting.armed.nth) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.note('disk full: us', 'controller');
      this.handle.controller.files.isFull = true;
    }
  }

  /** What an operator does before the next try: everything is mended that can be. */
  mend(): void {
    const own = this.handle?.controller ?? this.site.controller;
    for (const machine of [...this.site.machines.values(), own]) {
      machine.files.isFull = false;
      machine.isCutOff = false;
      machine.isIsolated = false;
      machine.kubelet.slowness = 1;
      machine.runner.orphansNext = false;
      machine.powerOn();
      if (machine.isUp) machine.kubelet.begin();
    }
    this.site.clusters.look();
  }

  private isIn(armed: Armed): boolean {
    return armed.phase === 'undo' ? this.isUndoing : armed.phase === this.phase;
  }

  private note(fault: Fault, host: string): void {
    this.fired.push({ fault, phase: this.phase, host });
    this.site.trace.add('FAULT', `${fault} (${host}, ${this.phase})`);
  }

  private happen(fault: Fault, host: string): Fate {
    const victim = this.site.machines.get(host);
    if (victim === undefined) throw new Error(`there is no ${host}`);
    const { random, handle } = this;
    switch (fault) {
      case 'request lost':
        return { isLost: true };
      case 'answer lost':
        return { isAnswerLost: true };
      case 'answer late':
        return { delayMs: random.between(500, 40_000) };
      case 'request twice':
        return { isDuplicated: true };
      case 'connection cut':
        this.soon(400, () => this.cut(victim, random.between(1, 3_000)));
        return {};
      case 'host reboots':
        this.soon(400, () => this.reboot(victim));
        return {};
      case 'host gone':
        this.soon(400, () => {
          victim.isGone = true;
          victim.losePower();
        });
        return {};
      case 'disk full: host':
        victim.files.isFull = true;
        return {};
      case 'we lose power':
        this.soon(50, () => handle?.controller.losePower());
        return {};
      case 'we are killed':
        this.soon(50, () => handle?.process.kill('by kill -9'));
        return {};
      case 'partition':
        victim.isIsolated = random.chance(0.5);
        this.cut(victim, random.between(3_000, 120_000));
        return {};
      case 'kubelet slow':
        victim.kubelet.slowness = random.between(5, 150);
        return {};
      case 'kubelet dead':
        victim.kubelet.die();
        return {};
      case 'orphan':
        victim.runner.orphansNext = true;
        return {};
      case 'signal':
        this.soon(300, () => handle?.signal(random.chance(0.4)));
        return {};
      case 'two of us':
        this.soon(50, () => handle?.supplant());
        return {};
      case 'disk full: us':
        return {};
    }
  }

  private cut(victim: Machine, forMs: number): void {
    victim.isCutOff = true;
    this.site.clusters.look();
    this.site.time.after(forMs, () => {
      victim.isCutOff = false;
      victim.isIsolated = false;
      this.site.clusters.look();
    });
  }

  private reboot(victim: Machine): void {
    victim.losePower();
    this.site.time.after(this.random.between(2_000, 60_000), () => victim.powerOn());
  }

  private soon(withinMs: number, work: () => void): void {
    this.site.time.after(this.random.between(0, withinMs), work);
  }
}
