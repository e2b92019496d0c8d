import type { Change } from '../../src/core/change.js';
import type { Event } from '../../src/core/event.js';
import type { EvidenceKind } from '../../src/core/evidence.js';
import { failure, refused } from '../../src/core/failure.js';
import type { Json } from '../../src/core/json.js';
import type { AroundUndo } from '../../src/core/module.js';
import { CONTROLLER, type HostName, type RunId, type TaskId } from '../../src/core/names.js';
import type { BoundStep, Plan, Play, Task } from '../../src/core/plan.js';
import type { World } from '../../src/core/ports.js';
import type { RecordBody } from '../../src/core/record.js';
import { err, ok } from '../../src/core/result.js';
import type { RunRequest } from '../../src/engine/context.js';
import { SimulatedHost } from './simulated-host.js';

export const RUN = '20260102T030405Z-0123456789abcdef' as RunId;
export const NAMES = ['cp1', 'cp2', 'cp3'] as HostName[];

/** Three hosts, a journal in memory and a clock that ticks once a look. */
export class SimulatedWorld implements World {
  readonly records: RecordBody[] = [];
  readonly events: Event[] = [];
  readonly machines = new Map<HostName, SimulatedHost>();
  /** The journal's disk is full from this record on. */
  recordsMax = Number.POSITIVE_INFINITY;
  #nowMs = 1_000;

  constructor() {
    for (const name of [...NAMES, CONTROLLER]) this.machines.set(name, new SimulatedHost(name));
    for (const name of NAMES) {
      this.machine(name).files.set('/etc/manifests/etcd.yaml', 'pod');
      this.machine(name).files.set('/var/data/db', `old ${name}`);
      this.machine(name).files.set('/var/staged/db', 'new');
    }
  }

  machine(name: string): SimulatedHost {
    const machine = this.machines.get(name as HostName);
    if (machine === undefined) throw new Error(`no host ${name}`);
    return machine;
  }

  readonly emit = (event: Event): void => {
    this.events.push(event);
    for (const waiter of this.#waiters) waiter(event);
  };
  readonly #waiters = new Set<(event: Event) => void>();

  /** Resolves with the first event from now on that is wanted. */
  untilEvent(isWanted: (event: Event) => boolean): Promise<Event> {
    return new Promise((resolve) => {
      const look = (event: Event): void => {
        if (!isWanted(event)) return;
        this.#waiters.delete(look);
        resolve(event);
      };
      this.#waiters.add(look);
    });
  }

  readonly hosts: World['hosts'] = {
    connect: async (host) => {
      const machine = this.machine(host);
      if (machine.isDown) return err(failure('unreachable', 'down', 'down', 'up', { host }));
      return ok(machine);
    },
    close: () => {},
    closeAll: async () => {},
  };

  readonly journal: World['journal'] = {
    append: async (record) => {
      if (this.records.length >= this.recordsMax) {
        return err(failure('disk', 'full', 'the disk is full', 'make room'));
      }
      this.records.push(record);
      return ok(undefined);
    },
  };

  /** Every pause that was asked for, in milliseconds. */
  readonly slept: number[] = [];
  onSleep: () => void = () => {};

  readonly clock: World['clock'] = {
    nowMs: () => this.#nowMs++,
    sleep: async (durationMs) => {
      this.slept.push(durationMs);
      this.onSleep();
      this.#nowMs += durationMs;
    },
  };

  readonly operator: World['operator'] = {
    confirm: async () => true,
    isThere: false,
    enter: async () => {},
  };

  listing(): readonly string[] {
    return NAMES.flatMap((name) =>
      this.machine(name)
        .listing()
        .map((line) => `${name} ${line}`),
    );
  }

  outcomes(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'step.finished' ? [`${event.task} ${event.host} ${event.outcome}`] : [],
    );
  }
}

export function requestFor(plan: Plan, stop = new AbortController().signal): RunRequest {
  return {
    plan,
    run: RUN,
    started: '2026-01-02T03:04:05Z',
    accepted: [],
    reason: '',
    user: 'operator',
    controllerName: 'desk',
    pid: 1,
    version: '0.0.0',
    describe: (change) => change.kind,
    forks: null,
    isStepwise: false,
    isVerbose: false,
    directory: '/runs/1',
    stop,
    abandon: new AbortController().signal,
  };
}

export function planOf(
  tasks: readonly Task[],
  onFailure: 'rollback' | 'stop' = 'rollback',
  more: Partial<Play> = {},
): Plan {
  const play: Play = {
    kind: 'play',
    id: '1',
    name: 'Play',
    hosts: NAMES,
    whole: true,
    onFailure,
    strategy: 'linear',
    anyErrorsFatal: true,
    maxFailPercentage: null,
    batches: [{ kind: 'batch', hosts: NAMES, children: tasks }],
    ...more,
  };
  return {
    hash: 'abc',
    name: 'Test',
    playbook: 'test.yml',
    cluster: 'lab',
    lockHosts: NAMES,
    lateHosts: [],
    without: [],
    plays: [play],
  };
}

/** A task that moves `from` to `to` on every host: the shape of parking, swapping and returning. */
export function moveTask(
  id: string,
  from: string,
  to: string,
  more: Partial<Task> = {},
  around: AroundUndo<null, Json> = {},
): Task {
  const step = (): BoundStep => ({ ...moveStep(from, to), undo: { kind: 'derived', ...around } });
  return taskOf(id, more, step);
}

/** A read-only task that proves a path to be missing on every host. */
export function missingTask(id: string, path: string, kind: EvidenceKind): Task {
  return taskOf(id, { gives: [kind], readOnly: true }, () => missingStep(path));
}

/** A task that runs a program each time: nothing on the host tells whether it ran. */
export function programTask(
  id: string,
  argv: readonly [string, ...string[]],
  more: Partial<Task> = {},
  repeatable = false,
): Task {
  return taskOf(id, more, () => programStep(argv, repeatable));
}

export function refusingTask(id: string): Task {
  return taskOf(id, {}, () => ({
    ...missingStep('/nowhere'),
    probe: async () => err(refused('no', 'it may not be', 'do something else')),
  }));
}

function taskOf(id: string, more: Partial<Task>, step: () => BoundStep): Task {
  return {
    kind: 'task',
    id: id as TaskId,
    name: `Task ${id}`,
    module: 'test',
    at: { file: 'test.yml', line: 1, column: 1 },
    hosts: NAMES,
    delegates: new Map(),
    place: 'host',
    become: true,
    readOnly: false,
    timeoutMs: 1_000,
    throttle: null,
    pointOfNoReturn: false,
    register: null,
    runOnce: false,
    isLoop: false,
    attemptsMax: 1,
    delayMs: 0,
    ignoreErrors: false,
    ignoreUnreachable: false,
    noLog: false,
    reads: [],
    gives: [],
    needs: [],
    downtime: null,
    irreversible: null,
    written: {
      tags: [],
      when: [],
      until: [],
      changedWhen: [],
      failedWhen: [],
      loop: null,
      environment: [],
    },
    items: () => ok(null),
    bind: () => ok({ kind: 'step', step: step() }),
    judge: (_, { changed, failed }) => ok({ changed, failedBecause: null, isEnough: !failed }),
    ...more,
  };
}

function moveStep(from: string, to: string): BoundStep {
  return {
    module: 'move',
    repeatable: false,
    readOnly: false,
    shownArgs: { from, to },
    probe: async (ask) => {
      const seen = await ask.host({
        from: { kind: 'stat', path: from },
        to: { kind: 'stat', path: to },
      });
      if (!seen.ok) return seen;
      return ok({ from: seen.value.from !== null, to: seen.value.to !== null });
    },
    plan: (before) => {
      const { from: isThere } = before as { from: boolean };
      const change: Change = { kind: 'rename', from, to };
      return ok(isThere ? [change] : []);
    },
    verify: async (_before, _receipts, ask) => {
      const seen = await ask.host({ to: { kind: 'stat', path: to } });
      if (!seen.ok) return seen;
      if (seen.value.to === null) return err(refused('gone', `${to} is missing`, 'look'));
      return ok({ moved: true });
    },
    undo: { kind: 'derived' },
    material: (before) => before,
    mayAlter: () => [from, to].map((path) => ({ kind: 'path', path })),
  };
}

function programStep(argv: readonly [string, ...string[]], repeatable: boolean): BoundStep {
  return {
    module: 'program',
    repeatable,
    readOnly: false,
    shownArgs: { argv },
    probe: async () => ok(null),
    plan: () =>
      ok([
        {
          kind: 'run',
          argv,
          timeoutMs: 1_000,
          repeatable,
          ...(repeatable ? {} : { anyExitCode: true as const }),
          effects: [{ kind: 'everything' }],
        },
      ]),
    verify: async (_before, [receipt]) =>
      ok({ rc: receipt?.state === 'done' ? receipt.exitCode : 0 }),
    undo: { kind: 'by-cases', cases: () => [{ when: [], changes: [] }] },
    material: () => null,
    mayAlter: () => [{ kind: 'everything' }],
  };
}

function missingStep(path: string): BoundStep {
  return {
    module: 'missing',
    repeatable: true,
    readOnly: true,
    shownArgs: { path },
    probe: async (ask) => {
      const seen = await ask.host({ it: { kind: 'stat', path } });
      if (!seen.ok) return seen;
      if (seen.value.it !== null) return err(refused('still-there', `${path} is there`, 'wait'));
      return ok(null);
    },
    plan: () => ok([]),
    verify: async () => ok({}),
    undo: { kind: 'nothing' },
    material: (before) => before,
    mayAlter: () => [],
  };
}
