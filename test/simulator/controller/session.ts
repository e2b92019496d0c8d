import type { Questions } from '../../../src/core/ask.js';
import { type Failure, failure } from '../../../src/core/failure.js';
import type { ChangeId, HostName, RunId } from '../../../src/core/names.js';
import type {
  Bundle,
  GivenBack,
  LockForRun,
  LockHolder,
  LockState,
  LockTaken,
  RunClose,
  Session,
} from '../../../src/core/ports.js';
import type { Answer } from '../../../src/core/question.js';
import { type Receipt, succeeded } from '../../../src/core/receipt.js';
import type { Announced } from '../../../src/core/record.js';
import { err, ok, type Result } from '../../../src/core/result.js';
import { olderCopy } from '../../../src/core/run-on-host.js';
import type { Machine } from '../host/machine.js';
import { answerTo, isWaiting, missingFor, quietMsOf, waited } from '../host/questions.js';
import type { Runner, Settled } from '../host/runner.js';
import type { Link } from './link.js';
import { fetchFile, type Moved, sendFile } from './transfers.js';

/** The real session's conduct over a simulated connection: how bundles are cut, what each answer means. */
export class SimulatedSession implements Session {
  readonly host: HostName;
  readonly lost: AbortSignal;
  /** Under which this session holds the lock. */
  #epoch: number | null = null;

  constructor(
    readonly link: Link,
    private readonly controller: Machine,
  ) {
    this.host = link.machine.name as HostName;
    this.lost = link.lost;
  }

  ask(
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Result<Readonly<Record<string, Answer>>, Failure>> {
    const { machine } = this.link;
    const label = [...new Set(Object.values(questions).map(({ kind }) => kind))].join(' ');
    return this.link.request('ask', label, signal, (answer) => {
      const entries = Object.entries(questions);
      const answers: Record<string, Answer> = {};
      const next = (index: number): void => {
        const [name, question] = entries[index] ?? [];
        if (name === undefined || question === undefined) {
          answer(answers);
          return;
        }
        if (!isWaiting(question)) {
          answers[name] = answerTo(machine, question);
          next(index + 1);
          return;
        }
        const { boot } = machine;
        machine.around.wait(
          () => missingFor(machine, question),
          question.timeoutMs,
          (missing, waitedMs) => {
            if (!machine.isUp || machine.boot !== boot) return;
            answers[name] = waited(missing, waitedMs);
            next(index + 1);
          },
          quietMsOf(question),
        );
      };
      next(0);
    });
  }

  async carryOut(
    bundle: Bundle,
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const receipts: Receipt[] = [];
    for (const group of groups(bundle.items)) {
      if (receipts.some((receipt) => !succeeded(receipt))) {
        receipts.push(...group.map(({ id }): Receipt => ({ state: 'never', id })));
        continue;
      }
      const done = await this.carryOutGroup(bundle, group, signal);
      if (!done.ok) return done;
      receipts.push(...done.value);
    }
    return ok(receipts);
  }

  async settle(
    _run: RunId,
    _cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const { runner } = this.link.machine;
    return this.link.request<readonly Receipt[]>('settle', `${ids.length} ids`, signal, (answer) =>
      answer(ids.map((id) => receiptOf(id, runner.settle(id)))),
    );
  }

  readLock(_cluster: string, signal: AbortSignal): Promise<Result<LockState, Failure>> {
    const { runner } = this.link.machine;
    return this.link.request('lock', 'read lock', signal, (answer) => answer(runner.lockState()));
  }

  readLockFor(
    _cluster: string,
    run: RunId,
    signal: AbortSignal,
  ): Promise<Result<LockForRun, Failure>> {
    const { runner } = this.link.machine;
    return this.link.request('lock', 'read lock', signal, (answer) =>
      answer({ ...runner.lockState(), ofRun: runner.known(run) }),
    );
  }

  async takeLock(
    cluster: string,
    holder: LockHolder,
    over: RunId | null,
    known: number,
    signal: AbortSignal,
  ): Promise<Result<LockTaken, Failure>> {
    const { runner } = this.link.machine;
    const taken = await this.link.request<ReturnType<Runner['takeLock']>>(
      'lock',
      `take lock under epoch ${holder.epoch}`,
      signal,
      (answer) => answer(runner.takeLock(holder, over, known)),
    );
    if (!taken.ok) return taken;
    if (taken.value === null) {
      this.#epoch = holder.epoch;
      return ok({ open: [], ofRun: runner.known(holder.run) });
    }
    if (taken.value === 'not-written') return err(this.cannotWrite());
    if (taken.value === 'older-copy') return err(olderCopy(this.host, holder.run, 'by its host'));
    const message = `${cluster} is locked by ${taken.value.run}`;
    return err(failure('lock-held', 'lock-held', message, 'wait', { host: this.host }));
  }

  releaseLock(
    _cluster: string,
    run: RunId,
    signal: AbortSignal,
  ): Promise<Result<GivenBack, Failure>> {
    const { runner } = this.link.machine;
    return this.link.request<GivenBack>('lock', 'release lock', signal, (answer) =>
      answer(runner.releaseLock(run, this.#epoch)),
    );
  }

  async endRun(
    _cluster: string,
    end: RunClose,
    signal: AbortSignal,
  ): Promise<Result<GivenBack, Failure>> {
    const { runner } = this.link.machine;
    const label = `end the run under epoch ${end.next}`;
    const ended = await this.link.request<GivenBack | null>('lock', label, signal, (answer) =>
      answer(runner.endRun(end)),
    );
    if (!ended.ok) return ended;
    return ended.value === null ? err(this.cannotWrite()) : ok(ended.value);
  }

  /** Live output is for people. */
  follow(): never {
    throw new Error('the simulator follows nothing');
  }

  /** What has not started never will; what runs is let run, as if it did not hear. */
  cancel(
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    return this.settle(run, cluster, ids, signal);
  }

  /** `clean` is no part of any story. */
  footprint(): never {
    throw new Error('the simulator does not know footprints');
  }

  erase(): never {
    throw new Error('the simulator erases nothing');
  }

  private async carryOutGroup(
    bundle: Bundle,
    group: readonly Announced[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const [first] = group;
    if (first?.change.kind === 'send' || first?.change.kind === 'fetch') {
      return this.transfer(first, bundle.fence?.epoch ?? 0, signal);
    }
    const { machine } = this.link;
    const label = group.map(({ change }) => change.kind).join(' ');
    const answered = await this.link.request<readonly Settled[] | 'refused'>(
      'change',
      label,
      signal,
      (answer) => {
        const launched = machine.runner.launch(bundle.fence?.epoch ?? 0, group, answer);
        if (launched === 'refused') answer('refused');
      },
    );
    if (!answered.ok) return answered;
    if (answered.value === 'refused') return err(this.cannotWrite());
    if (answered.value.some(({ state }) => state === 'fenced')) {
      const message = 'another run has taken the lock over';
      return err(failure('fenced', 'fenced', message, 'see who holds it', { host: this.host }));
    }
    const receipts = answered.value;
    return ok(group.map(({ id }, index) => receiptOf(id, receipts[index] as Settled)));
  }

  private async transfer(
    item: Announced,
    epoch: number,
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const { machine } = this.link;
    const { id, change } = item;
    const moved = await this.link.request<Moved>('transfer', change.kind, signal, (answer) => {
      const { controller } = this;
      const isConnected = (): boolean => this.link.isOpen();
      if (change.kind === 'fetch')
        return fetchFile(controller, machine, change, isConnected, answer);
      if (change.kind !== 'send') return;
      const reception = machine.runner.receive(item, epoch);
      if (reception === null) return answer({ kind: 'failed', why: 'it cannot be recorded' });
      sendFile(controller, machine, change, reception, isConnected, answer);
    });
    if (!moved.ok) return moved;
    const { value } = moved;
    if (value.kind === 'failed') {
      const message = `the transfer was cut off: ${value.why}`;
      return err(failure('unreachable', 'transfer-cut', message, 'again', { host: this.host }));
    }
    const tails = { stdoutTail: '', stderrTail: '' };
    const { sha256, sizeBytes } = value;
    return ok([{ state: 'done', id, exitCode: 0, durationMs: 0, ...tails, sha256, sizeBytes }]);
  }

  private cannotWrite(): Failure {
    const message = `${this.host} cannot record what is done there`;
    return failure('disk', 'host-disk', message, 'make room there', { host: this.host });
  }
}

function receiptOf(id: ChangeId, settled: Settled): Receipt {
  switch (settled.state) {
    case 'done': {
      const { code, stdout, stderr } = settled.exit;
      const { durationMs } = settled;
      const tails = { stdoutTail: stdout, stderrTail: stderr };
      const { sha256, sizeBytes } = settled;
      const moved = sha256 === undefined || sizeBytes === undefined ? {} : { sha256, sizeBytes };
      return { state: 'done', id, exitCode: code, durationMs, ...tails, ...moved };
    }
    case 'never':
    case 'fenced':
      return { state: 'never', id };
    case 'running':
      return { state: 'running', id };
    case 'interrupted':
      return { state: 'interrupted', id, detail: settled.detail };
  }
}

/** A transfer stands alone between bundles. */
function groups(items: readonly Announced[]): readonly (readonly Announced[])[] {
  const made: Announced[][] = [];
  for (const item of items) {
    const last = made.at(-1);
    const fits = last !== undefined && !isStream(item) && last.every((one) => !isStream(one));
    if (fits) last.push(item);
    else made.push([item]);
  }
  return made;
}

function isStream({ change }: Announced): boolean {
  return change.kind === 'send' || change.kind === 'fetch';
}
