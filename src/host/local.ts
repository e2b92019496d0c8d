import { spawn } from 'node:child_process';
import { ok } from '../core/result.js';
import { tailOf } from './tail.js';
import type { Transport } from './transport.js';

/** This machine, through the same runner as any host: a question or a change is written once. */
export function localTransport(): Transport {
  const lost = new AbortController();
  return {
    open: async ([program, ...rest]) => {
      const child = spawn(program, rest, {
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd: '/',
        // A session of its own: no Ctrl-C reaches it, and sudo finds no terminal to ask on.
        detached: true,
      });
      const errorTail = tailOf(child.stderr);
      child.stdin.on('error', () => {});
      const ended = new Promise<number | null>((resolve) => {
        child.on('close', (code) => resolve(code));
        child.on('error', () => resolve(null));
      });
      const { stdin: input, stdout: output, stderr: errors } = child;
      return ok({ input, output, errors, errorTail, ended, destroy: () => child.kill('SIGKILL') });
    },
    lost: lost.signal,
    close: () => lost.abort(),
  };
}
