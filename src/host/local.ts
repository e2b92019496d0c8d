import { spawn } from 'node:child_process';
import { ok } from '../core/result.js';
import { tailOf } from './tail.js';
import type { Transport } from './transport.js';

/** This machine, through the same runner as any host: a question or a change is written once. */
export function localTransport(shell = '/bin/sh'): Transport {
  const lost = new AbortController();
  return {
    open: async (command) => {
      const child = spawn(shell, ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
      const errorTail = tailOf(child.stderr);
      child.stdin.on('error', () => {});
      const ended = new Promise<number | null>((resolve) => {
        child.on('close', (code) => resolve(code));
        child.on('error', () => resolve(null));
      });
      const pipe = { input: child.stdin, output: child.stdout, errorTail, ended };
      return ok({ ...pipe, destroy: () => child.kill('SIGKILL') });
    },
    lost: lost.signal,
    close: () => lost.abort(),
  };
}
