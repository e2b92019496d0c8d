import { type Failure, failure } from '../core/failure.js';
import type { Damage } from './chain.js';

const REASONS: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  ENOENT: 'the directory is missing',
  ENOTDIR: 'a file is in the way where a directory should be',
  EEXIST: 'it is there already',
  EIO: 'the disk reports an error',
};

export function diskFailure(path: string, thrown: unknown): Failure {
  const { code = String(thrown) } = thrown as NodeJS.ErrnoException;
  const name = /^E[A-Z0-9]+$/.test(code) ? code.toLowerCase() : 'error';
  return failure(
    'disk',
    `disk-${name}`,
    `cannot use ${path}: ${REASONS[code] ?? code}`,
    'make room or give another place with --state-dir; nothing is started without a record of it',
  );
}

export function damagedJournal(path: string, damage: Damage): Failure {
  if (damage.kind === 'newer') {
    return failure(
      'refused',
      'journal-newer',
      `${path} was written by a newer runback (journal version ${damage.version})`,
      'use that version of runback for this run',
    );
  }
  if (damage.kind === 'truncated') return damaged(path, damage.what, 'journal-truncated');
  return damaged(path, `line ${damage.line}: ${damage.what}`);
}

export function damaged(path: string, what: string, code = 'journal-damaged'): Failure {
  return failure(
    'refused',
    code,
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

export function notBegun(run: string): Failure {
  return failure(
    'refused',
    'run-not-begun',
    `the run ${run} ended before its first record: no host was contacted`,
    'there is nothing to take back; start it again',
  );
}

export function inUse(directory: string, pid: string): Failure {
  return failure(
    'lock-held',
    'run-in-use',
    `the run is being worked on by process ${pid} of this machine (${directory})`,
    'wait for it to end, or stop it first',
  );
}
