import { spawn } from 'node:child_process';
import { err, ok, type Result } from '../../core/result.js';
import type { Leg } from '../ssh/leg.js';
import type { Trouble } from '../ssh/trouble.js';
import { tailOf } from '../tail.js';
import { ALIAS } from './config.js';
import { lateTrouble, noClient, stoppedTrouble, troubleFrom } from './failures.js';

/** One connection that OpenSSH's client holds open, and through which it opens channels. */
export interface Master {
  readonly lost: AbortSignal;
  readonly close: () => void;
}

const READY = 'runback-is-in';

/**
 * Starts the client and, when our end of its pipe closes for whatever reason, ends it: a connection never
 * outlives the run that made it, not even one that was killed.
 */
const WITH_US =
  'exec 3<&0; "$@" </dev/null 3<&- & child=$!; ' +
  '{ read -r _ <&3; kill "$child"; } 2>/dev/null & watcher=$!; exec 3<&-; ' +
  'wait "$child"; code=$?; kill "$watcher" 2>/dev/null; exit "$code"';

/** Resolves when the login is through and the control socket listens. */
export function startMaster(
  leg: Leg,
  config: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result<Master, Trouble>> {
  if (signal.aborted) return Promise.resolve(err(stoppedTrouble(leg)));
  const ready = ['-o', 'PermitLocalCommand=yes', '-o', `LocalCommand=echo ${READY}`];
  const ssh = ['ssh', '-F', config, ...ready, '-M', '-N', '-T', ALIAS];
  const child = spawn('sh', ['-c', WITH_US, 'sh', ...ssh], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    detached: true,
  });
  const said = tailOf(child.stderr);
  const lost = new AbortController();
  const close = (): void => {
    child.stdin.end();
  };
  return new Promise((resolve) => {
    const settle = (result: Result<Master, Trouble>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (!result.ok) close();
      resolve(result);
    };
    const onAbort = (): void => settle(err(stoppedTrouble(leg)));
    const timer = setTimeout(() => settle(err(lateTrouble(leg))), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    let heard = '';
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (heard.includes(READY)) settle(ok({ lost: lost.signal, close }));
    });
    child.stdin.on('error', () => {});
    child.on('error', () => settle(err(noClient(leg))));
    child.on('close', (code) => {
      lost.abort();
      settle(err(code === NOT_FOUND ? noClient(leg) : troubleFrom(leg, said())));
    });
  });
}

/** What a shell answers for a program that is not there. */
const NOT_FOUND = 127;
