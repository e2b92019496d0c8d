import { type Failure, failure } from '../core/failure.js';

export function diskFailure(path: string, thrown: unknown): Failure {
  const { code = 'unknown error' } = thrown as NodeJS.ErrnoException;
  const reasons: { readonly [code: string]: string } = {
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
    EACCES: 'nobody may write there',
    EPERM: 'nobody may write there',
    ENOENT: 'the directory is missing',
  };
  const reason = reasons[code] ?? code;
  return failure(
    'disk',
    `disk-${code.toLowerCase()}`,
    `cannot write ${path}: ${reason}`,
    'make room or give another place with --state-dir; nothing is started without a record of it',
  );
}

export function damaged(path: string, what: string): Failure {
  return failure(
    'refused',
    'journal-damaged',
    `${path} is damaged: ${what}`,
    'do not repair it by hand: keep a copy, and compare the hosts with what it says up to there',
  );
}

export function noSuchRun(stateDir: string, run: string): Failure {
  const what = run === 'latest' ? 'no run is recorded' : `the run ${run} is not recorded`;
  return failure(
    'refused',
    'no-such-run',
    `${what} in ${stateDir}`,
    'go to the directory from which it was started, or name it with --state-dir',
  );
}

export function inUse(path: string, pid: string): Failure {
  return failure(
    'lock-held',
    'run-in-use',
    `the run is being worked on by process ${pid} (${path})`,
    'wait for it to end, or stop it first',
  );
}
