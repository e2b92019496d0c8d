import { quote } from '../core/argv.js';
import type { RunId } from '../core/names.js';
import type { Footprint } from '../core/ports.js';
import type { Part } from './channel.js';

/** One part for each path: the size in KiB, or nothing. */
export function footprintScript(paths: readonly string[]): string {
  return paths
    .map((path) => `[ ! -d ${quote(path)} ] || du -skx -- ${quote(path)} 2>/dev/null\nrb_part 0`)
    .join('\n');
}

export function readFootprints(
  paths: readonly string[],
  parts: readonly Part[],
): readonly Footprint[] {
  return paths.flatMap((path, index) => {
    const [size = ''] = (parts[index]?.output.toString('utf8') ?? '').trim().split(/\s/);
    return size === '' ? [] : [{ path, sizeBytes: Number(size) * 1_024 }];
  });
}

/**
 * The name is looked at once more where the directory is: whatever was asked for, only a directory that
 * is called like the run, and is no link and no mount point, is taken away.
 */
export function eraseScript(run: RunId, paths: readonly string[]): string {
  const erasures = paths.map((path) => `erase ${quote(path)} || exit 1`);
  return [
    '(',
    'exec 2>&1',
    'erase() {',
    '  [ -e "$1" ] || [ -L "$1" ] || return 0',
    `  [ "\${1##*/}" = ${quote(run)} ] || { echo "$1 is not a directory of this run"; return 1; }`,
    '  if [ -L "$1" ] || [ ! -d "$1" ]; then echo "$1 is not a directory"; return 1; fi',
    '  rm -rf --one-file-system -- "$1" || return 1',
    '  above=${1%/*}',
    // A hidden place of ours in somebody's mount or beside their data: with the last run's it goes too.
    '  case ${above##*/} in .runback|.runback-trash) ! rmdir -- "$above" 2>/dev/null || above=${above%/*} ;; esac',
    '  sync "${above:-/}"',
    '}',
    ...erasures,
    ')',
    'rb_part $?',
  ].join('\n');
}
