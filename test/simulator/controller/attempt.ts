import type { Emit } from '../../../src/core/event.js';
import type { RunId } from '../../../src/core/names.js';
import type { Plan } from '../../../src/core/plan.js';
import type { Session, World } from '../../../src/core/ports.js';
import type { RecordBody } from '../../../src/core/record.js';
import type { RunRequest } from '../../../src/engine/context.js';
import type { RunEnd } from '../../../src/engine/finish.js';
import { resumeRun } from '../../../src/engine/resume-run.js';
import { rollBackRun } from '../../../src/engine/roll-back-run.js';
import { runPlan } from '../../../src/engine/run.js';
import type { Disk } from '../../../src/journal/disk.js';
import { createRun, type OpenRun, openRun } from '../../../src/journal/index.js';
import { describeChange } from '../../../src/plan/index.js';
import type { Machine } from '../host/machine.js';
import type { Site } from '../story/site.js';
import { diskOf } from './disk.js';
import { hostsOf } from './hosts.js';
import type { Fates } from './link.js';
import { ControllerProcess, type KillPoint } from './process.js';

export type Verb = 'run' | 'resume' | 'rollback';

export const STATE_DIR = '/ops/.runback';

/** Places where a planted bug may come between the product and the simulated world. */
export interface Wrappers {
  readonly plan: (plan: Plan) => Plan;
  readonly session: (session: Session, machine: Machine) => Session;
  readonly disk: (disk: Disk) => Disk;
  readonly records: (records: readonly RecordBody[]) => readonly RecordBody[];
}

export const UNTOUCHED: Wrappers = {
  plan: (plan) => plan,
  session: (session) => session,
  disk: (disk) => disk,
  records: (records) => records,
};

export interface Asked {
  readonly verb: Verb;
  readonly plan: Plan;
  readonly run: RunId;
  /** The machine that the program runs on. */
  readonly controller: Machine;
  readonly killPoint: KillPoint | null;
  readonly fates: Fates;
  readonly emit: Emit;
  readonly onEffect: (process: ControllerProcess, label: string) => void;
  readonly wrappers: Wrappers;
}

/** How one process of the program ended: with an answer, killed, refused by its own run directory, hung. */
export type Ending =
  | { readonly kind: 'ended'; readonly end: RunEnd }
  | { readonly kind: 'not-begun'; readonly code: string }
  | { readonly kind: 'killed' }
  | { readonly kind: 'hung' }
  | { readonly kind: 'threw'; readonly thrown: unknown };

/** Longer than any bounded wait of a playbook together. */
const HUNG_AFTER_MS = 4 * 3_600_000;

/** One process of the program on the controller: its journal, its connections, the real engine. */
export class Attempt {
  readonly process: ControllerProcess;
  readonly stop = new AbortController();
  readonly abandon = new AbortController();
  ending: Ending | null = null;

  constructor(
    private readonly site: Site,
    private readonly asked: Asked,
    incarnation: number,
  ) {
    const random = site.random.fork(`controller ${incarnation}`);
    const name = `${asked.verb} #${incarnation}`;
    const { time, trace } = site;
    this.process = new ControllerProcess(
      name,
      time,
      random,
      trace,
      asked.killPoint,
      asked.onEffect,
    );
    asked.controller.onPowerLoss.add(() => this.process.kill('by power loss'));
    const disk = asked.wrappers.disk(diskOf(asked.controller, this.process, incarnation));
    void this.begin(disk).then(
      (ending) => this.finish(ending),
      (thrown) => this.finish({ kind: 'threw', thrown }),
    );
  }

  get verb(): Verb {
    return this.asked.verb;
  }

  get isOver(): boolean {
    return this.ending !== null || !this.process.isAlive;
  }

  /** Null: something else came first. */
  async untilOver(isInterrupted: () => boolean): Promise<Ending | null> {
    const isOver = await this.site.time.runUntil(
      () => this.isOver || isInterrupted(),
      HUNG_AFTER_MS,
    );
    if (isInterrupted()) return null;
    if (!this.process.isAlive) return { kind: 'killed' };
    return isOver && this.ending !== null ? this.ending : { kind: 'hung' };
  }

  private finish(ending: Ending): void {
    if (this.process.isAlive) this.ending = ending;
  }

  private async begin(disk: Disk): Promise<Ending> {
    const { asked } = this;
    const now = () => new Date(this.site.time.nowMs).toISOString();
    const opened =
      asked.verb === 'run'
        ? createRun(STATE_DIR, asked.run, {}, now, disk)
        : openRun(STATE_DIR, asked.run, now, disk);
    if (!opened.ok) return { kind: 'not-begun', code: opened.error.code };
    const end = await this.work(opened.value);
    opened.value.close();
    return { kind: 'ended', end };
  }

  private work(opened: OpenRun): Promise<RunEnd> {
    const { asked } = this;
    const request = this.request(opened.directory);
    const world = this.world(opened);
    if (asked.verb === 'run') return runPlan(request, world, asked.emit);
    const records = asked.wrappers.records(opened.records);
    const takeUp = asked.verb === 'resume' ? resumeRun : rollBackRun;
    return takeUp(request, records, world, asked.emit);
  }

  private request(directory: string): RunRequest {
    return {
      plan: this.asked.wrappers.plan(this.asked.plan),
      run: this.asked.run,
      started: '2026-01-02T03:04:05Z',
      accepted: [],
      reason: '',
      user: 'operator',
      controllerName: 'desk',
      pid: 1,
      version: '0.0.0',
      describe: describeChange,
      forks: 10,
      isStepwise: false,
      isVerbose: false,
      directory,
      stop: this.stop.signal,
      abandon: this.abandon.signal,
    };
  }

  private world({ journal }: OpenRun): World {
    const { process, asked, site } = this;
    const machines = new Map(site.machines).set('controller', asked.controller);
    return {
      hosts: hostsOf(machines, asked.controller, process, asked.fates, asked.wrappers.session),
      journal,
      clock: {
        nowMs: () => site.time.nowMs,
        sleep: (durationMs, signal) =>
          process.never() ??
          new Promise((resolve) => {
            if (signal.aborted) return resolve();
            site.time.after(durationMs, () => process.effect('wake from a sleep', resolve));
          }),
      },
      operator: { confirm: async () => true, isThere: false, enter: async () => {} },
    };
  }
}
