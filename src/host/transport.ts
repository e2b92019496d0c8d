import type { Readable, Writable } from 'node:stream';
import type { Argv } from '../core/argv.js';
import type { Failure } from '../core/failure.js';
import type { Result } from '../core/result.js';

/** One running program on a host: bytes in, bytes out, and how it ended. */
export interface Pipe {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  /** The end of what it wrote to standard error, bounded. Untrusted text. */
  errorTail(): string;
  /** Resolves when it has ended; null when it was cut off. */
  readonly ended: Promise<number | null>;
  destroy(): void;
}

/** A way to start programs on one host: ssh channels of one connection, or child processes here. */
export interface Transport {
  open(argv: Argv): Promise<Result<Pipe, Failure>>;
  /** Fires when the connection is gone. */
  readonly lost: AbortSignal;
  close(): void;
}
