import { quote } from '../../core/argv.js';
import type { Change } from '../../core/change.js';
import { join, nameOf, parentOf } from '../../core/host-path.js';
import type { ChangeId } from '../../core/names.js';
import { askedAs } from '../questions/question-script.js';
import { archiveScript } from './archive.js';
import { copyFileScript, makeLinkScript, replaceScript, setAccessScript } from './place.js';
import { runScript } from './run.js';
import { octal, ownerWord, sameMount } from './shell-text.js';

type Streamed = 'send' | 'fetch';
export type ScriptedChange = Exclude<Change, { kind: Streamed }>;

/** The sh text that carries one change out, durably, or ends with an exit code above 0 and says why. */
export function changeScript(change: ScriptedChange, id: ChangeId): string {
  switch (change.kind) {
    case 'run':
      return runScript(change);
    case 'write-file':
      return writeFileScript(change, id);
    case 'make-directory':
      return makeDirectoryScript(change);
    case 'remove-empty-directories':
      return change.paths
        .map((path) => `rmdir -- ${quote(path)} 2>/dev/null`)
        .concat('true')
        .join('\n');
    case 'rename':
      return `${sameMount}${renameScript(change.from, change.to)}`;
    case 'remove':
      return removeScript(change.path, join(change.trash, id));
    case 'set-owner':
      return [
        'set -e',
        `chown -R -h -- ${change.uid}:${change.gid} ${quote(change.path)}`,
        `chmod -- ${octal(change.mode)} ${quote(change.path)}`,
        `sync ${quote(change.path)}`,
      ].join('\n');
    case 'set-access':
      return setAccessScript(change);
    case 'make-link':
      return makeLinkScript(change);
    case 'replace':
      return replaceScript(change, id);
    case 'copy-file':
      return copyFileScript(change);
    case 'archive':
      return archiveScript(change, id);
    case 'service':
      return serviceScript(change);
    case 'wait':
      return waitScript(change);
  }
}

function renameScript(from: string, to: string): string {
  const [source, target] = [quote(from), quote(to)];
  const [here, there] = [quote(parentOf(from)), quote(parentOf(to))];
  return [
    `[ -e ${source} ] || [ -L ${source} ] || { echo ${quote(`${from} is missing`)} >&2; exit 2; }`,
    `if [ -e ${target} ] || [ -L ${target} ]; then echo ${quote(`${to} exists`)} >&2; exit 3; fi`,
    `[ -d ${there} ] || { echo ${quote(`${parentOf(to)} is missing`)} >&2; exit 4; }`,
    `[ "$(mount_of ${here})" = "$(mount_of ${there})" ] || { echo ${quote(`${from} and ${to} are on different mounts`)} >&2; exit 5; }`,
    // Another subvolume or quota is the same mount, and there mv would copy and delete.
    `[ "$(stat -c %d -- ${source})" = "$(stat -c %d -- ${there})" ] || { echo ${quote(`${from} and ${to} are on different devices`)} >&2; exit 5; }`,
    `mv -T -- ${source} ${target} && sync ${here} ${there}`,
  ].join('\n');
}

function removeScript(path: string, grave: string): string {
  return [
    sameMount,
    `(umask 077; mkdir -p -- ${quote(parentOf(grave))}) || exit 1`,
    renameScript(path, grave),
  ].join('\n');
}

function makeDirectoryScript(change: Extract<Change, { kind: 'make-directory' }>): string {
  const { path, mode, uid, gid } = change;
  const isOwned = uid !== undefined || gid !== undefined;
  const owner = isOwned ? `chown -- ${ownerWord(uid, gid)} ${quote(path)} && ` : '';
  return [
    `path=${quote(path)}`,
    'made=',
    'while [ ! -d "$path" ]; do made="$path',
    '$made"; path=${path%/*}; path=${path:-/}; done',
    'umask 077',
    'printf "%s" "$made" | while IFS= read -r one; do',
    '  mkdir -- "$one" || exit 1',
    '  sync "${one%/*}/"',
    '  printf "%s\\n" "$one"',
    'done || exit 1',
    `[ -z "$made" ] || { ${owner}chmod -- ${octal(mode)} ${quote(path)}; }`,
  ].join('\n');
}

/** Dot names: a kubelet reads every other file of its folder, half written or not. */
function writeFileScript(change: Extract<Change, { kind: 'write-file' }>, id: ChangeId): string {
  const { path, text, mode, uid, gid } = change;
  const directory = quote(parentOf(path));
  const temporary = quote(join(parentOf(path), `.${nameOf(path)}.${id.slice(0, 8)}`));
  const old = join(change.trash, id);
  const isOld = `[ -e ${quote(path)} ] || [ -L ${quote(path)} ]`;
  return [
    // Nobody else reads it before it has its mode.
    'umask 077',
    `text=${quote(text)}`,
    `printf %s "$text" >${temporary} || exit 1`,
    `if cmp -s -- ${temporary} ${quote(path)}; then rm -f -- ${temporary}; exit 0; fi`,
    ...(uid === undefined && gid === undefined
      ? []
      : [`chown -- ${ownerWord(uid, gid)} ${temporary} || exit 1`]),
    `chmod -- ${octal(mode)} ${temporary} && sync ${temporary} || exit 1`,
    `if ${isOld}; then`,
    `  mkdir -p -- ${quote(change.trash)} || exit 1`,
    `  mv -T -- ${quote(path)} ${quote(old)} || exit 1`,
    `  sync ${quote(change.trash)}`,
    'fi',
    `mv -T -- ${temporary} ${quote(path)} && sync ${directory}`,
  ].join('\n');
}

/** A unit that failed too often is not started again by systemd before that is forgotten. */
function serviceScript({
  unit,
  verb,
  waitsForOthers,
}: Extract<Change, { kind: 'service' }>): string {
  if (verb === 'daemon-reload') return 'exec systemctl daemon-reload';
  if (verb !== 'start' || waitsForOthers === undefined)
    return `exec systemctl ${verb} ${quote(unit)}`;
  return [
    `systemctl reset-failed ${quote(unit)} 2>/dev/null`,
    `exec systemctl --no-block start ${quote(unit)}`,
  ].join('\n');
}

function waitScript(change: Extract<Change, { kind: 'wait' }>): string {
  const { script } = askedAs(change.question);
  return `out=$(\n${script}\n)\ncase $out in reached*) exit 0 ;; esac\nprintf '%s\\n' "$out" >&2\nexit 1`;
}
