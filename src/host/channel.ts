import { randomBytes } from 'node:crypto';
import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import type { HostFacts } from './facts.js';
import { channelEnded, greeting } from './greeting.js';
import { runnerText } from './runner/index.js';
import { stageOne } from './stage-zero.js';
import type { Pipe } from './transport.js';

/** One part of an answer: what a piece of the request printed, and how it ended. */
export interface Part {
  readonly output: Buffer;
  readonly exitCode: number;
}

interface Waiting {
  readonly rid: string;
  readonly resolve: (result: Result<readonly Part[], Failure>) => void;
}

/** An answer is bounded: a manifest and a listing are small, and a digest smaller. */
const answerBytesMax = 64 * 1024 * 1024;

/**
 * The serial control channel: one request at a time, each with a nonce that no file on the host can hold.
 */
export class Channel {
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #waiting: Waiting | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #requests = 0;
  #dead: Failure | null = null;

  private constructor(
    readonly host: HostName,
    readonly facts: HostFacts,
    private readonly pipe: Pipe,
    private readonly nonce: string,
  ) {
    pipe.output.on('data', (chunk: Buffer) => this.onData(chunk));
    void pipe.ended.then((code) => this.die(channelEnded(host, code, pipe.errorTail())));
  }

  /** `stateDir`: where receipts lie there, unless this user may not write there. */
  static async start(
    host: HostName,
    pipe: Pipe,
    stateDir: string,
  ): Promise<Result<Channel, Failure>> {
    const nonce = randomBytes(16).toString('hex');
    pipe.input.write(stageOne(runnerText(stateDir), nonce));
    const facts = await greeting(host, pipe, nonce);
    return facts.ok ? ok(new Channel(host, facts.value, pipe, nonce)) : facts;
  }

  /** Sends one request, sh text that prints parts, behind those that are under way. */
  request(
    script: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Result<readonly Part[], Failure>> {
    const turn = this.#last.then(() => this.exchange(script, signal, timeoutMs));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  get isDead(): boolean {
    return this.#dead !== null;
  }

  close(): void {
    this.pipe.input.end();
    this.pipe.destroy();
  }

  private exchange(
    script: string,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Result<readonly Part[], Failure>> {
    if (this.#dead !== null) return Promise.resolve(err(this.#dead));
    if (signal.aborted) return Promise.resolve(err(this.interrupted()));
    this.#requests += 1;
    const rid = `r${this.#requests}`;
    return new Promise((resolve) => {
      const onAbort = (): void => this.die(this.interrupted());
      signal.addEventListener('abort', onAbort, { once: true });
      const timer = setTimeout(() => this.die(this.hangs(timeoutMs)), timeoutMs);
      this.#waiting = {
        rid,
        resolve: (result) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          resolve(result);
        },
      };
      this.pipe.input.write(frame(rid, script, this.nonce, this.facts.linesBytesMax));
    });
  }

  private onData(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > answerBytesMax) {
      const next = 'look at the host';
      this.die(this.failed('unreachable', 'answer-too-long', 'its answer does not end', next));
      return;
    }
    const { rid } = this.#waiting ?? {};
    if (rid === undefined) return;
    const end = Buffer.from(`\n${this.nonce} end ${rid}\n`);
    // The end can only stand in the last bytes: nothing earlier is looked through twice.
    const recent = lastBytes(this.#received, chunk.length + end.length);
    if (recent.indexOf(end) < 0) return;
    const all = Buffer.concat(this.#received);
    this.#received = [];
    this.#receivedBytes = 0;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(ok(this.partsOf(all.subarray(0, all.indexOf(end) + 1))));
  }

  private partsOf(answer: Buffer): readonly Part[] {
    const mark = Buffer.from(`\n${this.nonce} part `);
    const parts: Part[] = [];
    let from = 0;
    for (let at = answer.indexOf(mark); at >= 0; at = answer.indexOf(mark, from)) {
      const lineEnd = answer.indexOf('\n', at + mark.length);
      const exitCode = Number(answer.subarray(at + mark.length, lineEnd).toString('ascii'));
      parts.push({ output: answer.subarray(from, at), exitCode });
      from = lineEnd + 1;
    }
    return parts;
  }

  /** A channel whose answers nobody can match any more is not used again. */
  private die(cause: Failure): void {
    this.#dead ??= cause;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(err(cause));
    this.pipe.destroy();
  }

  private interrupted(): Failure {
    const next = 'type `runback resume` to go on, or `runback rollback` to go back';
    return this.failed('interrupted', 'interrupted', 'stopped while waiting for an answer', next);
  }

  private hangs(timeoutMs: number): Failure {
    const message = `${this.host} has not answered for ${Math.round(timeoutMs / 1_000)} s`;
    const next =
      'log in there and see what hangs (a disk? a network file system?), then run it again';
    return this.failed('timed-out', 'host-hangs', message, next);
  }

  private failed(kind: Failure['kind'], code: string, message: string, next: string): Failure {
    return failure(kind, code, message, next, { host: this.host });
  }
}

/**
 * A request as it travels. The nonce behind it is essential: a connection that breaks inside it must not
 * run half of it. Short ones go as lines, which the shell reads by itself.
 */
export function frame(rid: string, script: string, nonce: string, linesBytesMax: number): Buffer {
  // A shell drops such bytes: what arrived would be something else.
  if (script.includes('\0')) throw new Error('a request cannot hold a NUL byte');
  const body = Buffer.from(script, 'utf8');
  if (body.length <= linesBytesMax) return Buffer.from(`${rid} lines\n${script}\n${nonce}\n`);
  return Buffer.concat([Buffer.from(`${rid} ${body.length}\n`), body, Buffer.from(`${nonce}\n`)]);
}

function lastBytes(chunks: readonly Buffer[], bytes: number): Buffer {
  const taken: Buffer[] = [];
  let length = 0;
  for (let index = chunks.length - 1; index >= 0 && length < bytes; index--) {
    const chunk = chunks[index] as Buffer;
    taken.unshift(chunk);
    length += chunk.length;
  }
  return Buffer.concat(taken);
}
