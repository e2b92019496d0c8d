import { quote } from '../core/argv.js';
import type { RunId } from '../core/names.js';
import type { LockHolder, LockState } from '../core/ports.js';
import type { Part } from './channel.js';

/**
 * The lock is a directory with `run` and `holder` in it, put in place whole by one rename: a directory
 * that is there and not empty cannot be renamed over. Epochs only rise and are never taken away.
 */
export const lockScripts = {
  read: (base: string): string => readScript(base),

  take: (base: string, holder: LockHolder, over: RunId | null): string => {
    const lock = quote(`${base}/lock`);
    const made = quote(`${base}/lock.${holder.run}`);
    const epoch = quote(`${base}/epoch/${holder.epoch}`);
    const mayReplace = over === null ? 'false' : `[ "$(cat ${lock}/run 2>/dev/null)" = ${over} ]`;
    return [
      '(',
      'exec 2>&1; umask 077',
      `mkdir -p -- ${quote(`${base}/epoch`)} || exit 1`,
      `rm -rf -- ${made}`,
      `mkdir -- ${made} || exit 1`,
      `printf '%s' ${quote(holder.run)} >${made}/run || exit 1`,
      `printf '%s' ${quote(JSON.stringify(holder))} >${made}/holder || exit 1`,
      `sync ${made}/run ${made}/holder ${made} || exit 1`,
      `if [ "$(rb_highest_epoch ${quote(base)})" -ge ${holder.epoch} ]; then rm -rf -- ${made}; exit 1; fi`,
      `if ${mayReplace}; then`,
      `  mv -f -- ${made}/holder ${lock}/holder && rm -rf -- ${made} || exit 1`,
      'else',
      `  mv -T -- ${made} ${lock} || { rm -rf -- ${made}; exit 1; }`,
      'fi',
      `mkdir -- ${epoch} && sync ${quote(`${base}/epoch`)} ${quote(base)} ${lock}`,
      ')',
      'rb_part $?',
      readScript(base),
    ].join('\n');
  },

  release: (base: string, run: RunId): string => {
    const lock = quote(`${base}/lock`);
    return [
      '(',
      'exec 2>&1',
      `[ -d ${lock} ] || exit 0`,
      `[ "$(cat ${lock}/run 2>/dev/null)" = ${quote(run)} ] || exit 0`,
      `rm -f -- ${lock}/run ${lock}/holder && rmdir -- ${lock} && sync ${quote(base)}`,
      ')',
      'rb_part $?',
    ].join('\n');
  },
};

function readScript(base: string): string {
  return [
    `rb_highest_epoch ${quote(base)}`,
    'rb_part 0',
    `cat ${quote(`${base}/lock/holder`)} 2>/dev/null`,
    'rb_part 0',
  ].join('\n');
}

export function readLockState(parts: readonly Part[]): LockState {
  const [epoch, holder] = parts.map((part) => part.output.toString('utf8').trim());
  return { epoch: Number(epoch ?? 0), holder: parseHolder(holder ?? '') };
}

function parseHolder(text: string): LockHolder | null {
  if (text === '') return null;
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return null;
  }
}
