import type { Questions } from '../../src/core/ask.js';
import type { Change } from '../../src/core/change.js';
import { type Failure, failure } from '../../src/core/failure.js';
import { sha256 } from '../../src/core/hash.js';
import { isWithin, join, nameOf, parentOf } from '../../src/core/host-path.js';
import type { ChangeId, HostName, RunId } from '../../src/core/names.js';
import type {
  Bundle,
  GivenBack,
  LockForRun,
  LockHolder,
  LockState,
  LockTaken,
  OpenStep,
  OutputAt,
  OutputPiece,
  RunClose,
  Session,
} from '../../src/core/ports.js';
import type { Answer, Question } from '../../src/core/question.js';
import type { Receipt } from '../../src/core/receipt.js';
import { err, ok, type Result } from '../../src/core/result.js';
import { olderCopy, type RunOnHost } from '../../src/core/run-on-host.js';

/**
 * A host in memory: files by path, a lock, receipts by id. It keeps the promises of the runner (a change
 * starts at most once, `settle` is final) so that the engine can be tried against every fault.
 */
export class SimulatedHost implements Session {
  readonly files = new Map<string, string>();
  readonly receipts = new Map<ChangeId, Receipt>();
  /** Every change that really happened, in order. */
  readonly effects: string[] = [];
  readonly questionsAsked: Question[] = [];
  lock: LockState = { epoch: 0, holder: null };
  /** What goes on from before the lock was taken. */
  openSteps: readonly OpenStep[] = [];
  isDown = false;
  /** How a program ends: null is well, a text is its complaint. */
  runs: (argv: readonly string[]) => string | null = () => null;
  /** Decides what goes wrong with a change; null: nothing. */
  fault: (change: Change) => Fault | null = () => null;
  readonly lost = new AbortController().signal;
  #held: { isHeld: (change: Change) => boolean; opened: Promise<void> } | null = null;

  /** Holds up matching changes until the gate is opened. */
  hold(isHeld: (change: Change) => boolean): { open: () => void } {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#held = { isHeld, opened };
    return { open };
  }

  constructor(readonly host: HostName) {}

  async ask(questions: Questions): Promise<Result<Readonly<Record<string, Answer>>, Failure>> {
    if (this.isDown) return err(this.unreachable());
    const answers = Object.entries(questions).map(([name, question]) => {
      this.questionsAsked.push(question);
      return [name, this.answer(question)] as const;
    });
    return ok(Object.fromEntries(answers));
  }

  async carryOut(
    bundle: Bundle,
    _signal?: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    if (this.isDown) return err(this.unreachable());
    let answerLost = false;
    let failed = false;
    const receipts: Receipt[] = [];
    for (const { id, change } of bundle.items) {
      if (this.#held?.isHeld(change) === true) await this.#held.opened;
      if (this.receipts.has(id)) throw new Error(`${id} was sent twice`);
      const fault = failed ? null : this.fault(change);
      const receipt = failed ? never(id) : this.carryOne(id, change, fault);
      if (fault === 'lose-answer' || fault === 'lose-request') answerLost = true;
      if (receipt.state !== 'done' || receipt.exitCode !== 0) failed = true;
      this.receipts.set(id, receipt);
      receipts.push(receipt);
    }
    return answerLost ? err(this.unreachable()) : ok(receipts);
  }

  async settle(
    _run: RunId,
    _cluster: string | null,
    ids: readonly ChangeId[],
  ): Promise<Result<readonly Receipt[], Failure>> {
    if (this.isDown) return err(this.unreachable());
    return ok(
      ids.map((id) => {
        const receipt = this.receipts.get(id) ?? never(id);
        this.receipts.set(id, receipt);
        return receipt;
      }),
    );
  }

  /** Nothing runs on here: what was carried out has ended. */
  async follow(
    run: RunId,
    cluster: string | null,
    id: ChangeId,
    _from: OutputAt,
    _onOutput: (piece: OutputPiece) => void,
  ): Promise<Result<Receipt, Failure>> {
    const settled = await this.settle(run, cluster, [id]);
    return settled.ok ? ok(settled.value[0] ?? never(id)) : settled;
  }

  cancel(
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
  ): Promise<Result<readonly Receipt[], Failure>> {
    return this.settle(run, cluster, ids);
  }

  async readLock(): Promise<Result<LockState, Failure>> {
    return this.isDown ? err(this.unreachable()) : ok(this.lock);
  }

  async readLockFor(_cluster: string, run: RunId): Promise<Result<LockForRun, Failure>> {
    return this.isDown ? err(this.unreachable()) : ok({ ...this.lock, ofRun: this.known(run) });
  }

  async takeLock(
    _cluster: string,
    holder: LockHolder,
    over: RunId | null,
    known: number,
  ): Promise<Result<LockTaken, Failure>> {
    const current = this.lock.holder;
    if (this.lock.epoch >= holder.epoch || (current !== null && current.run !== over)) {
      return err(failure('lock-held', 'lock-held', `held by ${current?.run}`, 'runback unlock'));
    }
    const ofRun = this.known(holder.run);
    if (ofRun.ended > known || (over === null && this.receipts.size > 0)) {
      return err(olderCopy(this.host, holder.run, 'a test'));
    }
    this.lock = { epoch: holder.epoch, holder };
    return ok({ open: this.openSteps, ofRun });
  }

  async releaseLock(_cluster: string, run: RunId): Promise<Result<GivenBack, Failure>> {
    if (this.isDown) return err(this.unreachable());
    if (this.lock.holder?.run !== run) return ok('others');
    this.lock = { ...this.lock, holder: null };
    return ok('given-back');
  }

  /** Ends of runs, by the epoch that each one raised. */
  readonly ends = new Map<number, RunId>();

  async endRun(
    _cluster: string,
    { run, epoch, next }: RunClose,
  ): Promise<Result<GivenBack, Failure>> {
    if (this.isDown) return err(this.unreachable());
    if (this.ends.get(next) !== run) {
      if (this.lock.epoch > epoch) return ok('others');
      this.ends.set(next, run);
    }
    const { holder } = this.lock;
    this.lock = { epoch: next, holder: holder?.run === run ? null : holder };
    return ok('given-back');
  }

  private known(run: RunId): RunOnHost {
    const ended = [...this.ends].filter(([, one]) => one === run).map(([epoch]) => epoch);
    const begun = [...this.receipts.values()].filter(({ state }) => state !== 'never');
    const started = begun.map(({ id }) => id);
    return { ended: Math.max(0, ...ended), started };
  }

  async footprint(_run: RunId, _cluster: string | null, paths: readonly string[]) {
    const isThere = (path: string) => [...this.files.keys()].some((file) => isWithin(file, path));
    return ok(paths.filter(isThere).map((path) => ({ path, sizeBytes: 1 })));
  }

  async erase(run: RunId, paths: readonly string[]): Promise<Result<void, Failure>> {
    for (const path of paths) {
      if (nameOf(path) !== run) throw new Error(`${path} is not of ${run}`);
      for (const file of this.files.keys()) if (isWithin(file, path)) this.files.delete(file);
    }
    return ok(undefined);
  }

  /** Names and contents, sorted: two of these are compared with toEqual. */
  listing(): readonly string[] {
    return [...this.files].map(([path, text]) => `${path} ${text}`).sort();
  }

  private carryOne(id: ChangeId, change: Change, fault: Fault | null): Receipt {
    if (fault === 'fail') return done(id, 1, `cannot ${change.kind}`);
    if (fault === 'lose-request') return never(id);
    if (fault === 'interrupt-before') return { state: 'interrupted', id, detail: 'power cut' };
    const refusal = this.apply(id, change);
    if (fault === 'interrupt-after') return { state: 'interrupted', id, detail: 'power cut' };
    return refusal === null ? done(id, 0, '') : done(id, 1, refusal);
  }

  private apply(id: ChangeId, change: Change): string | null {
    switch (change.kind) {
      case 'rename':
        return this.move(change.from, change.to);
      case 'remove':
        return this.move(change.path, join(change.trash, id));
      case 'write-file': {
        const old = this.files.get(change.path);
        if (old === change.text) return null;
        if (old !== undefined) this.files.set(join(change.trash, id), old);
        this.files.set(change.path, change.text);
        this.effects.push(`write ${change.path}`);
        return null;
      }
      case 'run':
        this.effects.push(`run ${change.argv.join(' ')}`);
        return this.runs(change.argv);
      default:
        return `the simulated host cannot ${change.kind}`;
    }
  }

  private move(from: string, to: string): string | null {
    const moved = [...this.files].filter(([path]) => isWithin(path, from));
    if (moved.length === 0) return `${from} is missing`;
    if ([...this.files.keys()].some((path) => isWithin(path, to))) return `${to} exists`;
    for (const [path, text] of moved) {
      this.files.delete(path);
      this.files.set(`${to}${path.slice(from.length)}`, text);
    }
    this.effects.push(`rename ${from} ${to}`);
    return null;
  }

  private answer(question: Question): Answer {
    if (question.kind === 'stat') return this.stat(question.path);
    if (question.kind === 'digest') {
      const text = this.files.get(question.path);
      return text === undefined ? null : { sha256: sha256(text), sizeBytes: text.length };
    }
    if (question.kind === 'list') {
      const names = [...this.files.keys()].filter((path) => parentOf(path) === question.path);
      return names.map(nameOf);
    }
    if (question.kind === 'wait-path') {
      const reached = this.files.has(question.path) === question.present;
      return reached ? { reached, waitedMs: 1 } : { reached, waitedMs: 1, lastSeen: question.path };
    }
    throw new Error(`the simulated host cannot answer ${question.kind}`);
  }

  private stat(path: string): Answer {
    const isThere = [...this.files.keys()].some((file) => isWithin(file, path));
    if (!isThere) return null;
    const type = this.files.has(path) ? 'file' : 'directory';
    const sizeBytes = this.files.get(path)?.length ?? 0;
    const device = '8:1';
    return { type, mode: 0o600, uid: 0, gid: 0, sizeBytes, inode: '1', device, modifiedS: 0 };
  }

  private unreachable(): Failure {
    return failure('unreachable', 'down', `${this.host} is down`, 'bring it up', {
      host: this.host,
    });
  }
}

/**
 * `fail`: the change ends with exit code 1 and did nothing. `interrupt-…`: nobody saw its end, and it
 * did or did not happen. `lose-answer`: it happened, and the connection broke before the answer.
 */
export type Fault =
  | 'fail'
  | 'interrupt-before'
  | 'interrupt-after'
  | 'lose-answer'
  | 'lose-request';

function done(id: ChangeId, exitCode: number, stderrTail: string): Receipt {
  return { state: 'done', id, exitCode, stdoutTail: '', stderrTail, durationMs: 1 };
}

function never(id: ChangeId): Receipt {
  return { state: 'never', id };
}
