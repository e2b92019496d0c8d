import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quote } from '../core/argv.js';
import type { Change } from '../core/change.js';
import { type Failure, failure } from '../core/failure.js';
import type { ChangeId, HostName } from '../core/names.js';
import type { Receipt } from '../core/receipt.js';
import { err, ok, type Result } from '../core/result.js';
import { cannotWrite, fenced, usedBefore } from './failures.js';
import { receiveExits, receiveScript, type TransferPlace } from './receive-script.js';
import { shell } from './stage-zero.js';
import type { Transport } from './transport.js';

type Send = Extract<Change, { kind: 'send' }>;
type Fetch = Extract<Change, { kind: 'fetch' }>;

export interface TransferStep extends TransferPlace {
  readonly host: HostName;
}

/**
 * Moves one file over a channel of its own: temporary name, fsync, rename. It counts only when the digests
 * at both ends and on the way agree, and leaves nothing under the final name otherwise. What is sent is a
 * step of the host like any other: claimed, fenced just before it gets its name, and with a receipt.
 */
export async function transfer(
  step: TransferStep,
  transport: Transport,
  change: Send | Fetch,
  signal: AbortSignal,
): Promise<Result<Receipt, Failure>> {
  const { host } = step;
  const script = change.kind === 'send' ? receiveScript(change, step) : giveScript(change);
  // Before the pipe is there: Node throws away what a child that has ended has said to nobody.
  if (change.kind === 'fetch') {
    await mkdir(dirname(change.to), { recursive: true, mode: 0o700 });
  }
  const pipe = await transport.open(shell(script));
  if (!pipe.ok) return pipe;
  const stop = (): void => pipe.value.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return change.kind === 'send'
      ? await send(step, pipe.value, change)
      : await fetch(step, pipe.value, change);
  } catch (thrown) {
    const said = pipe.value.errorTail();
    const why = said === '' ? (thrown as Error).message : said;
    return err(broken(host, change, why));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type OpenPipe = Extract<Awaited<ReturnType<Transport['open']>>, { ok: true }>['value'];

async function send(
  { host, id, base }: TransferStep,
  pipe: OpenPipe,
  change: Send,
): Promise<Result<Receipt, Failure>> {
  const seen = createHash('sha256');
  const answer = readAll(pipe);
  // A host that refuses closes the pipe: why is in its exit code, unless it is our own file that fails.
  const cut = await pipeline(createReadStream(change.from), countInto(seen), pipe.input).then(
    () => null,
    (thrown: Error) => thrown,
  );
  const code = await pipe.ended;
  const [there = ''] = (await answer).split('\n');
  const refusal = refusalOf(code, host, base, pipe.errorTail());
  if (refusal !== null) return err(refusal);
  if (cut !== null) throw cut;
  const onTheWay = seen.digest('hex');
  if (code !== 0 || there !== change.sha256 || onTheWay !== change.sha256) {
    return err(wrongDigest(host, change.to, change.sha256, onTheWay, there, pipe.errorTail()));
  }
  return ok(doneReceipt(id, change.sha256, change.sizeBytes));
}

async function fetch(
  { host, id }: TransferStep,
  pipe: OpenPipe,
  change: Fetch,
): Promise<Result<Receipt, Failure>> {
  pipe.input.end();
  const temporary = `${change.to}.part`;
  const seen = createHash('sha256');
  const head = new HeadLine();
  const sink = createWriteStream(temporary, { mode: 0o600, flush: true });
  await pipeline(pipe.output, head, countInto(seen), sink);
  const code = await pipe.ended;
  const onTheWay = seen.digest('hex');
  const onDisk = await digestOf(temporary);
  if (code !== 0 || head.line !== onTheWay || onDisk.sha256 !== onTheWay) {
    await rm(temporary, { force: true });
    return err(wrongDigest(host, change.to, head.line, onTheWay, onDisk.sha256, pipe.errorTail()));
  }
  await rename(temporary, change.to);
  const directory = await open(dirname(change.to), 'r');
  await directory.sync();
  await directory.close();
  return ok(doneReceipt(id, onTheWay, onDisk.sizeBytes));
}

function giveScript(change: Fetch): string {
  const file = quote(change.from);
  return `sum=$(sha256sum <${file}) || exit 1; printf '%s\\n' "\${sum%% *}"; exec cat <${file}`;
}

function refusalOf(
  code: number | null,
  host: HostName,
  base: string,
  said: string,
): Failure | null {
  if (code === receiveExits.used) return usedBefore(host);
  if (code === receiveExits.fenced) return fenced(host);
  const output = Buffer.from(said);
  return code === receiveExits.disk ? cannotWrite(host, base, { output, exitCode: code }) : null;
}

/** Takes the first line, the host's own digest, off a stream of bytes. */
class HeadLine extends Transform {
  line = '';
  #isRead = false;

  override _transform(chunk: Buffer, _: string, done: (error: null, rest?: Buffer) => void): void {
    if (this.#isRead) {
      done(null, chunk);
      return;
    }
    const end = chunk.indexOf(0x0a);
    this.line += chunk.subarray(0, end < 0 ? chunk.length : end).toString('ascii');
    this.#isRead = end >= 0;
    done(null, this.#isRead ? chunk.subarray(end + 1) : undefined);
  }
}

function countInto(hash: Hash): Transform {
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

async function digestOf(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

async function readAll(pipe: OpenPipe): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of pipe.output) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('ascii');
}

function doneReceipt(id: ChangeId, sha256: string, sizeBytes: number): Receipt {
  const tails = { stdoutTail: '', stderrTail: '' };
  return { state: 'done', id, exitCode: 0, durationMs: 0, ...tails, sha256, sizeBytes };
}

function wrongDigest(
  host: HostName,
  path: string,
  wanted: string,
  onTheWay: string,
  arrived: string,
  said: string,
): Failure {
  const message = `what arrived at ${path} is not what was sent`;
  const next = 'nothing was left there; run it again, and check disk space and memory if it stays';
  const detail = `wanted ${wanted}\non the way ${onTheWay}\narrived ${arrived}\n${said}`;
  return failure('digest-mismatch', 'digest-mismatch', message, next, { host, detail });
}

function broken(host: HostName, change: Send | Fetch, why: string): Failure {
  const message = `the transfer of ${change.from} was cut off: ${why}`;
  const next = 'see that the host is up and has room, then run it again';
  return failure('unreachable', 'transfer-cut', message, next, { host });
}
