import { spawnSync } from 'node:child_process';
import { type Failure, failure } from '../core/failure.js';
import { err, ok, type Result } from '../core/result.js';

const outputBytesMax = 64 * 1024 * 1024;
const saidCharactersMax = 300;

/**
 * Runs an inventory that is a program, as Ansible does: in the folder that we stand in, with our
 * environment, without a shell. It may neither hang nor flood us.
 */
export function runInventoryProgram(
  path: string,
  words: readonly string[],
  timeMsMax: number,
): Result<string, Failure> {
  const done = spawnSync(path, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: Math.max(1, timeMsMax),
    killSignal: 'SIGKILL',
    maxBuffer: outputBytesMax,
  });
  if (done.error === undefined && done.status === 0) return ok(done.stdout);
  const how = endOf(done.error, done.status, done.signal);
  const typed = [path, ...words].join(' ');
  const next = 'run it yourself and look: it must print the inventory as JSON and end with 0';
  const detail = lastSaid(done.stderr ?? '');
  return err(failure('refused', 'inventory-program', `${typed} ${how}`, next, { detail }));
}

function endOf(
  error: NodeJS.ErrnoException | undefined,
  status: number | null,
  signal: string | null,
): string {
  if (error?.code === 'ETIMEDOUT') return 'took too long and was stopped';
  if (error?.code === 'ENOBUFS') return 'printed more than 64 MiB and was stopped';
  if (error !== undefined) return `could not be started (${error.code})`;
  return status === null ? `was ended by ${signal}` : `ended with exit code ${status}`;
}

/** The end is where the reason stands. */
function lastSaid(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-3).join(' / ').slice(-saidCharactersMax);
}
