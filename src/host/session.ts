import type { Questions } from '../core/ask.js';
import { type Failure, failure } from '../core/failure.js';
import type { ChangeId, HostName, RunId } from '../core/names.js';
import type { Bundle, Footprint, LockHolder, LockState, Session } from '../core/ports.js';
import type { Answer } from '../core/question.js';
import { type Receipt, succeeded } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { bundleScript, settleScript, stepsPath } from './bundle-script.js';
import { Channel, type Part } from './channel.js';
import { eraseScript, footprintScript, readFootprints } from './footprint-scripts.js';
import { lockScripts, readLockState } from './lock-scripts.js';
import { askedAs, frameOf } from './questions/question-script.js';
import { readReceipts, type SeenReceipt } from './receipts.js';
import { RUNNER } from './stage-zero.js';
import { transfer } from './transfer.js';
import type { Transport } from './transport.js';

export interface SessionOptions {
  readonly host: HostName;
  /** It starts programs as the user that the session is for. */
  readonly transport: Transport;
  /** Where locks and receipts lie on this machine. */
  readonly stateDir: string;
  readonly onChange?: () => void;
}

/** One host behind one control channel. Transfers have channels of their own. */
export class HostSession implements Session {
  readonly host: HostName;
  readonly lost: AbortSignal;

  private constructor(
    private readonly options: SessionOptions,
    private channel: Channel,
  ) {
    this.host = options.host;
    this.lost = options.transport.lost;
  }

  static async open(options: SessionOptions): Promise<Result<HostSession, Failure>> {
    const channel = await openChannel(options);
    return channel.ok ? ok(new HostSession(options, channel.value)) : channel;
  }

  async ask(
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Result<Readonly<Record<string, Answer>>, Failure>> {
    const names = Object.keys(questions);
    const asked = Object.values(questions).map(askedAs);
    const parts = await this.request(frameOf(asked), signal);
    if (!parts.ok) return parts;
    const answers: Record<string, Answer> = {};
    for (const [index, name] of names.entries()) {
      const part = parts.value[index];
      if (part === undefined) return err(this.protocol('an answer is missing'));
      answers[name] = (asked[index] as (typeof asked)[number]).parse(part);
    }
    return ok(answers);
  }

  /** Runs of scripted changes go as one detached bundle each; a transfer stands between them. */
  async carryOut(
    bundle: Bundle,
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    this.options.onChange?.();
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
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const script = settleScript(this.base(cluster), run, ids);
    const parts = await this.request(script, signal);
    if (!parts.ok) return parts;
    return ok(readReceipts(ids, parts.value).map(withoutFence));
  }

  async readLock(cluster: string, signal: AbortSignal): Promise<Result<LockState, Failure>> {
    const parts = await this.request(lockScripts.read(this.base(cluster)), signal);
    return parts.ok ? ok(readLockState(parts.value)) : parts;
  }

  async takeLock(
    cluster: string,
    holder: LockHolder,
    over: RunId | null,
    signal: AbortSignal,
  ): Promise<Result<void, Failure>> {
    const parts = await this.request(lockScripts.take(this.base(cluster), holder, over), signal);
    if (!parts.ok) return parts;
    const [taken, ...state] = parts.value;
    if (taken?.exitCode === 0) return ok(undefined);
    const { holder: other } = readLockState(state);
    return err(other === null ? this.cannotWrite(taken) : this.held(cluster, other));
  }

  async releaseLock(
    cluster: string,
    run: RunId,
    signal: AbortSignal,
  ): Promise<Result<void, Failure>> {
    const parts = await this.request(lockScripts.release(this.base(cluster), run), signal);
    if (!parts.ok) return parts;
    const [released] = parts.value;
    return released?.exitCode === 0 ? ok(undefined) : err(this.cannotWrite(released));
  }

  async footprint(
    run: RunId,
    cluster: string | null,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<readonly Footprint[], Failure>> {
    // The receipts come last: as long as anything else is there, they say what it is.
    const all = [...paths, `${this.base(cluster)}/runs/${run}`];
    const parts = await this.request(footprintScript(all), signal);
    return parts.ok ? ok(readFootprints(all, parts.value)) : parts;
  }

  async erase(
    run: RunId,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<void, Failure>> {
    const parts = await this.request(eraseScript(run, paths), signal);
    if (!parts.ok) return parts;
    const [erased] = parts.value;
    return erased?.exitCode === 0 ? ok(undefined) : err(this.cannotErase(erased));
  }

  close(): void {
    this.channel.close();
    this.options.transport.close();
  }

  private async carryOutGroup(
    bundle: Bundle,
    group: readonly Announced[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const [first] = group;
    const base = this.base(bundle.fence?.cluster ?? null);
    if (first?.change.kind === 'send' || first?.change.kind === 'fetch') {
      const { change, id } = first;
      const steps = stepsPath(base, bundle.run);
      const done = await transfer(this.host, this.options.transport, change, id, steps, signal);
      return done.ok ? ok([done.value]) : done;
    }
    const parts = await this.request(bundleScript(base, bundle, group), signal);
    if (!parts.ok) return parts;
    const [launched, ...rest] = parts.value;
    if (launched?.exitCode !== 0) return err(this.cannotWrite(launched));
    const receipts = readReceipts(
      group.map((item) => item.id),
      rest,
    );
    return receipts.some((receipt) => receipt.state === 'fenced')
      ? err(this.fenced())
      : ok(receipts.map(withoutFence));
  }

  /** A channel that died by itself is opened again; what was on its way is the caller's to settle. */
  private async request(
    script: string,
    signal: AbortSignal,
  ): Promise<Result<readonly Part[], Failure>> {
    if (this.channel.isDead && !this.lost.aborted) {
      const opened = await openChannel(this.options);
      if (!opened.ok) return opened;
      this.channel = opened.value;
    }
    return this.channel.request(script, signal);
  }

  private base(cluster: string | null): string {
    return cluster === null ? this.options.stateDir : `${this.options.stateDir}/${cluster}`;
  }

  private held(cluster: string, holder: LockHolder): Failure {
    const { run, user, controller, since } = holder;
    const who = `run ${run} (${user} on ${controller}, since ${since})`;
    const next = `wait for it; if it is over, \`runback rollback ${run}\` or \`runback unlock\``;
    const message = `the cluster ${cluster} is locked by ${who}`;
    return failure('lock-held', 'lock-held', message, next, { host: this.host });
  }

  private fenced(): Failure {
    const message = 'another run has taken the lock over: this one may change nothing more';
    const next = 'see who holds it: `runback unlock`';
    return failure('fenced', 'fenced', message, next, { host: this.host });
  }

  private cannotWrite(part: Part | undefined): Failure {
    const detail = part?.output.toString('utf8').trim() ?? '';
    const message = `${this.host} cannot record what is done there (${this.options.stateDir})`;
    const next = 'make room there and see that root may write';
    return failure('disk', 'host-disk', message, next, { host: this.host, detail });
  }

  private cannotErase(part: Part | undefined): Failure {
    const detail = part?.output.toString('utf8').trim() ?? '';
    const message = `${this.host}: not everything could be taken away`;
    return failure('disk', 'cannot-erase', message, 'see what holds it, then clean again', {
      host: this.host,
      detail,
    });
  }

  private protocol(what: string): Failure {
    const next = 'run it again; if it stays, report it';
    return failure('protocol', 'protocol', `${this.host}: ${what}`, next, { host: this.host });
  }
}

async function openChannel(options: SessionOptions): Promise<Result<Channel, Failure>> {
  const pipe = await options.transport.open(RUNNER);
  return pipe.ok ? Channel.start(options.host, pipe.value) : pipe;
}

function groups(items: readonly Announced[]): readonly (readonly Announced[])[] {
  const made: Announced[][] = [];
  for (const item of items) {
    const isStream = item.change.kind === 'send' || item.change.kind === 'fetch';
    const last = made.at(-1);
    const lastKind = last?.at(-1)?.change.kind;
    const fits = last !== undefined && !isStream && lastKind !== 'send' && lastKind !== 'fetch';
    if (fits) last.push(item);
    else made.push([item]);
  }
  return made;
}

function withoutFence(receipt: SeenReceipt): Receipt {
  return receipt.state === 'fenced' ? { state: 'never', id: receipt.id } : receipt;
}
