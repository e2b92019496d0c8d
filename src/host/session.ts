import type { Questions } from '../core/ask.js';
import type { Failure } from '../core/failure.js';
import type { ChangeId, RunId } from '../core/names.js';
import type { Bundle, Footprint, OutputAt, OutputPiece, Session } from '../core/ports.js';
import type { Answer } from '../core/question.js';
import { type Receipt, succeeded } from '../core/receipt.js';
import type { Announced } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { bundleScript, cancelScript, patienceMs, settleScript } from './bundle-script.js';
import { Channels, type Place } from './channels.js';
import * as failures from './failures.js';
import { Follower } from './follower.js';
import { eraseScript, footprintScript, readFootprints } from './footprint-scripts.js';
import { LockedHost, ownWorkMs } from './locked-host.js';
import { askPatienceMs } from './patience.js';
import { askedAs, frameOf } from './questions/question-script.js';
import { readLaunched, readSettled } from './settled.js';
import { transfer } from './transfer.js';

export interface SessionOptions extends Place {
  readonly onChange?: () => void;
}

/** For what walks through directories of any size. */
const bigWorkMs = 15 * 60_000;

/** One host behind one control channel. Transfers have channels of their own, and so have watching and ending. */
export class HostSession extends LockedHost implements Session {
  readonly lost: AbortSignal;

  private constructor(
    protected override readonly options: SessionOptions,
    channels: Channels,
  ) {
    super(options, channels);
    this.lost = options.transport.lost;
  }

  static async open(options: SessionOptions): Promise<Result<HostSession, Failure>> {
    const channels = await Channels.open(options);
    return channels.ok ? ok(new HostSession(options, channels.value)) : channels;
  }

  async ask(
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Result<Readonly<Record<string, Answer>>, Failure>> {
    const names = Object.keys(questions);
    const asked = Object.values(questions).map(askedAs);
    const parts = await this.channels.request(frameOf(asked), signal, askPatienceMs(questions));
    if (!parts.ok) return parts;
    const answers: Record<string, Answer> = {};
    for (const [index, name] of names.entries()) {
      const part = parts.value[index];
      if (part === undefined) return err(failures.unexpected(this.host, 'an answer is missing'));
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
    const base = this.base(bundle.fence?.cluster ?? null);
    if (!base.ok) return base;
    if (bundle.fence !== null)
      this.channels.heartbeat.holds(base.value, bundle.run, bundle.fence.epoch);
    const receipts: Receipt[] = [];
    for (const group of groups(bundle.items)) {
      if (receipts.some((receipt) => !succeeded(receipt))) {
        receipts.push(...group.map(({ id }): Receipt => ({ state: 'never', id })));
        continue;
      }
      const done = await this.carryOutGroup(base.value, bundle, group, signal);
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
    return this.answered(
      cluster,
      (base) => this.channels.request(settleScript(base, run, ids), signal, ownWorkMs),
      (parts, base) => readSettled(this.host, base, ids, parts),
    );
  }

  async follow(
    run: RunId,
    cluster: string | null,
    id: ChangeId,
    from: OutputAt,
    onOutput: (piece: OutputPiece) => void,
    signal: AbortSignal,
  ): Promise<Result<Receipt, Failure>> {
    const base = this.base(cluster);
    if (!base.ok) return base;
    const follower = new Follower(base.value, run, id, from, onOutput);
    for (;;) {
      const parts = await this.channels.requestAside(follower.script(), signal, ownWorkMs);
      if (!parts.ok) return parts;
      const receipt = follower.read(parts.value);
      if (receipt.state === 'unsettled') {
        return err(failures.unexpected(this.host, 'nothing is said of a step'));
      }
      if (receipt.state !== 'running') return ok(receipt);
    }
  }

  async cancel(
    run: RunId,
    cluster: string | null,
    ids: readonly ChangeId[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const lastFirst = [...ids].reverse();
    const settled = await this.answered(
      cluster,
      (base) => this.channels.requestAside(cancelScript(base, run, ids), signal, ownWorkMs),
      (parts, base) => readSettled(this.host, base, lastFirst, parts),
    );
    return settled.ok ? ok([...settled.value].reverse()) : settled;
  }

  async footprint(
    run: RunId,
    cluster: string | null,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<readonly Footprint[], Failure>> {
    // The receipts come last: as long as anything else is there, they say what it is.
    const allIn = (base: string): readonly string[] => [...paths, `${base}/runs/${run}`];
    return this.answered(
      cluster,
      (base) => this.channels.request(footprintScript(allIn(base)), signal, bigWorkMs),
      (parts, base) => ok(readFootprints(allIn(base), parts)),
    );
  }

  async erase(
    run: RunId,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<void, Failure>> {
    const parts = await this.channels.request(eraseScript(run, paths), signal, bigWorkMs);
    if (!parts.ok) return parts;
    const [erased] = parts.value;
    return erased?.exitCode === 0 ? ok(undefined) : err(failures.cannotErase(this.host, erased));
  }

  close(): void {
    this.channels.close();
    this.options.transport.close();
  }

  private async carryOutGroup(
    base: string,
    bundle: Bundle,
    group: readonly Announced[],
    signal: AbortSignal,
  ): Promise<Result<readonly Receipt[], Failure>> {
    const [first] = group;
    if (first?.change.kind === 'send' || first?.change.kind === 'fetch') {
      const { transport, stateDir } = this.options;
      const { change, id } = first;
      const epoch = bundle.fence?.epoch ?? 0;
      const step = { host: this.host, base, stateDir, run: bundle.run, epoch, id };
      const done = await transfer(step, transport, change, signal);
      return done.ok ? ok([done.value]) : done;
    }
    const script = bundleScript(base, bundle, group);
    const parts = await this.channels.request(script, signal, patienceMs(bundle, group));
    if (!parts.ok) return parts;
    const ids = group.map((item) => item.id);
    return readLaunched(this.host, base, ids, parts.value);
  }
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
