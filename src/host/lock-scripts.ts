import { quote } from '../core/argv.js';
import { type ChangeId, isRunId, type RunId } from '../core/names.js';
import type { LockHolder, LockState, OpenStep, RunClose } from '../core/ports.js';
import type { RunOnHost } from '../core/run-on-host.js';
import type { Part } from './channel.js';

/** The words of src/host/runner/lock.sh, and how what it says is read. */
export const lockScripts = {
  read: (base: string): string => `rb_read_lock ${quote(base)}`,

  /** Four parts of the lock, and two of what is known there of the run. */
  readFor: (base: string, run: RunId): string =>
    `${lockScripts.read(base)}\nrb_read_run ${quote(base)} ${run}`,

  /** Parts: how it went, the steps that are still open, and the lock and the run as they are now. */
  take: (base: string, holder: LockHolder, over: RunId | null, known: number): string => {
    const { run, epoch } = holder;
    const text = quote(JSON.stringify(holder));
    const words = [quote(base), run, `${epoch}`, text, quote(over ?? ''), `${known}`];
    return [
      "rb_open=''",
      `rb_take ${words.join(' ')} 2>&1`,
      'rb_part $?',
      'printf %s "$rb_open"',
      'rb_part 0',
      lockScripts.readFor(base, run),
    ].join('\n');
  },

  /** Without an epoch only the run is compared: a rollback of the same run may hold it by now. */
  release: (base: string, run: RunId, epoch: number | null): string =>
    `rb_give_back ${quote(base)} ${run} ${quote(epoch === null ? '' : `${epoch}`)} 2>&1\nrb_part $?`,

  end: (base: string, { run, epoch, next }: RunClose): string =>
    `rb_end_run ${quote(base)} ${run} ${epoch} ${next} 2>&1\nrb_part $?`,

  beat: (base: string, run: RunId): string => `rb_beat ${quote(base)} ${run}\n`,
};

/** What the scripts that take and give back end with. */
export const lockExits = { others: 17, older: 19 } as const;

export function readLockState(parts: readonly Part[]): LockState {
  const [epoch, holder = '', heard, run = ''] = parts.map((part) =>
    part.output.toString('utf8').trim(),
  );
  const heardAgoMs = heard === undefined || heard === '' ? null : Number(heard);
  return { epoch: Number(epoch ?? 0), holder: parseHolder(holder, run), heardAgoMs };
}

/** Behind the four parts of the lock. */
export function readRunOnHost([ended, started]: readonly Part[]): RunOnHost {
  const ids = started?.output.toString('ascii').trim() ?? '';
  return {
    ended: Number(ended?.output.toString('ascii').trim() ?? 0),
    started: ids === '' ? [] : (ids.split('\n') as ChangeId[]),
  };
}

export function readOpenSteps(part: Part | undefined): readonly OpenStep[] {
  const lines = part?.output.toString('ascii').split('\n') ?? [];
  return lines.flatMap((line): OpenStep[] => {
    const [run = '', id = '', ...pids] = line.trim().split(' ');
    return isRunId(run) ? [{ run, id: id as ChangeId, pids: pids.map(Number) }] : [];
  });
}

/** Null when there is none. What is there and cannot be read is somebody's all the same. */
function parseHolder(text: string, run: string): LockHolder | null {
  if (text === '' && run === '') return null;
  const told = parsed(text);
  const word = (name: string): string => (typeof told[name] === 'string' ? told[name] : 'unknown');
  const figure = (name: string): number => (typeof told[name] === 'number' ? told[name] : 0);
  return {
    run: isRunId(run) ? run : (word('run') as RunId),
    epoch: figure('epoch'),
    user: word('user'),
    controller: word('controller'),
    pid: figure('pid'),
    since: word('since'),
  };
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
