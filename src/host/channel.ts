import { randomBytes } from 'node:crypto';
import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import runner from './runner.sh';
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

/** Before anything is asked the runner has to greet; a login shell's start-up files may be slow. */
const helloTimeoutMs = 20_000;
/** An answer is bounded: a manifest and a listing are small, and a digest smaller. */
const answerBytesMax = 64 * 1024 * 1024;

/**
 * The serial control channel: one request at a time, each with a nonce that no file on the host can hold.
 */
export class Channel {
  readonly #nonce: string;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #waiting: Waiting | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #requests = 0;
  #dead: Failure | null = null;

  private constructor(
    readonly host: HostName,
    private readonly pipe: Pipe,
    nonce: string,
  ) {
    this.#nonce = nonce;
  }

  static async start(host: HostName, pipe: Pipe): Promise<Result<Channel, Failure>> {
    const nonce = randomBytes(16).toString('hex');
    const channel = new Channel(host, pipe, nonce);
    pipe.input.write(stageOne(runner, nonce));
    const greeted = await channel.greeting();
    return greeted.ok ? ok(channel) : greeted;
  }

  /** Sends one request, sh text that prints parts, behind those that are under way. */
  request(script: string, signal: AbortSignal): Promise<Result<readonly Part[], Failure>> {
    const turn = this.#last.then(() => this.exchange(script, signal));
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

  private exchange(script: string, signal: AbortSignal): Promise<Result<readonly Part[], Failure>> {
    if (this.#dead !== null) return Promise.resolve(err(this.#dead));
    if (signal.aborted) return Promise.resolve(err(this.interrupted()));
    const body = Buffer.from(script, 'utf8');
    this.#requests += 1;
    const rid = `r${this.#requests}`;
    return new Promise((resolve) => {
      const onAbort = (): void => this.die(this.interrupted());
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting = {
        rid,
        resolve: (result) => {
          signal.removeEventListener('abort', onAbort);
          resolve(result);
        },
      };
      const head = Buffer.from(`${rid} ${body.length}\n`);
      this.pipe.input.write(Buffer.concat([head, body, Buffer.from(`${this.#nonce}\n`)]));
    });
  }

  private greeting(): Promise<Result<void, Failure>> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const next = 'log in by hand and see what its start-up files do';
        resolve(err(this.broken('no-greeting', 'it does not answer like a shell', next)));
        this.pipe.destroy();
      }, helloTimeoutMs);
      const onData = (chunk: Buffer): void => {
        this.#received.push(chunk);
        const text = Buffer.concat(this.#received);
        const start = text.indexOf('hello ');
        const end = start < 0 ? -1 : text.indexOf('\n', start);
        if (end < 0) return;
        this.pipe.output.off('data', onData);
        clearTimeout(timer);
        this.#received = [];
        this.pipe.output.on('data', (more: Buffer) => this.onData(more));
        resolve(ok(undefined));
      };
      this.pipe.output.on('data', onData);
      void this.pipe.ended.then((code) => {
        clearTimeout(timer);
        const said = this.pipe.errorTail();
        const ending = code === null ? 'the connection was cut' : `its shell ended with ${code}`;
        const next = 'look at the host, then run it again';
        this.die(this.broken('channel-ended', said === '' ? ending : `${ending}: ${said}`, next));
        resolve(err(this.#dead as Failure));
      });
    });
  }

  private onData(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > answerBytesMax) {
      this.die(this.broken('answer-too-long', 'its answer does not end', 'look at the host'));
      return;
    }
    const { rid } = this.#waiting ?? {};
    if (rid === undefined) return;
    const end = Buffer.from(`\n${this.#nonce} end ${rid}\n`);
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
    const mark = Buffer.from(`\n${this.#nonce} part `);
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
    const next = 'run `runback rollback` if anything was changed';
    return failure('interrupted', 'interrupted', 'stopped while waiting for an answer', next, {
      host: this.host,
    });
  }

  private broken(code: string, message: string, next: string): Failure {
    return failure('unreachable', code, `${this.host}: ${message}`, next, { host: this.host });
  }
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
