import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ok } from '../core/result.js';
import { tailOf } from './tail.js';
import type { Pipe, Transport } from './transport.js';

/** This machine, through the same runner as any host: a question or a change is written once. */
export function localTransport(): Transport {
  const lost = new AbortController();
  return {
    open: async ([program, ...rest]) => ok(startPipe(program, rest)),
    lost: lost.signal,
    close: () => lost.abort(),
  };
}

/** A child process in a session of its own: no Ctrl-C reaches it, and sudo finds no terminal to ask on. */
export function startPipe(program: string, rest: readonly string[]): Pipe {
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    detached: true,
  });
  const errorTail = tailOf(child.stderr);
  child.stdin.on('error', () => {});
  return { ...ends(child), errorTail, ended: endOf(child), destroy: () => child.kill('SIGKILL') };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function ends({ stdin, stdout, stderr }: Child): Pick<Pipe, 'input' | 'output' | 'errors'> {
  return { input: stdin, output: stdout, errors: stderr };
}

function endOf(child: Child): Promise<number | null> {
  return new Promise((resolve) => {
    child.on('close', (code) => resolve(code));
    child.on('error', () => resolve(null));
  });
}
