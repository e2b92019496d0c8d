import { quote } from '../../core/argv.js';
import type { Change } from '../../core/change.js';
import { join, nameOf, parentOf } from '../../core/host-path.js';
import type { ChangeId } from '../../core/names.js';
import { exists, octal, refuse, sameMount } from './shell-text.js';

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;

/** The old one gets a second name in the trash before its own is given away: there is always one of the two. */
export function replaceScript({ from, to, was, trash }: Of<'replace'>, id: ChangeId): string {
  const [source, target, place] = [quote(from), quote(to), quote(parentOf(to))];
  const old = quote(join(trash, id));
  const keepOld = [
    `${exists(to)} || ${refuse(`${to} is missing`, 4)}`,
    `if [ -d ${target} ] && [ ! -L ${target} ]; then ${refuse(`${to} is a directory`, 3)}; fi`,
    `(umask 077; mkdir -p -- ${quote(trash)}) || exit 1`,
    `[ "$(mount_of ${place})" = "$(mount_of ${quote(trash)})" ] || ${refuse(`${to} and ${trash} are on different mounts`, 5)}`,
    `ln -- ${target} ${old} 2>/dev/null || mv -T -- ${target} ${old} || exit 1`,
    `sync ${quote(trash)}`,
  ];
  return [
    sameMount,
    `${exists(from)} || ${refuse(`${from} is missing`, 2)}`,
    ...(was === null ? [`if ${exists(to)}; then ${refuse(`${to} exists`, 3)}; fi`] : keepOld),
    `mv -f -T -- ${source} ${target} && sync ${place} ${quote(parentOf(from))}`,
  ].join('\n');
}

/** Nothing appears under the name before its bytes are the promised ones, on the disk, and its owner's. */
export function copyFileScript({ from, to, sha256, access }: Of<'copy-file'>): string {
  const temporary = quote(join(parentOf(to), `.${nameOf(to)}.part`));
  return [
    'umask 077',
    `trap 'rm -f -- '${quote(temporary)} EXIT`,
    `cat <${quote(from)} >${temporary} || exit 1`,
    `sum=$(sha256sum <${temporary}) || exit 1`,
    `[ "\${sum%% *}" = ${sha256} ] || ${refuse(`${from} is not the file any more that it was`, 9)}`,
    ...giveAccess(temporary, access),
    `sync ${temporary} && mv -f -T -- ${temporary} ${quote(to)} && sync ${quote(parentOf(to))}`,
  ].join('\n');
}

export function makeLinkScript({ path, target }: Of<'make-link'>): string {
  return [
    `if ${exists(path)}; then ${refuse(`${path} exists`, 3)}; fi`,
    `ln -s -- ${quote(target)} ${quote(path)} && sync ${quote(parentOf(path))}`,
  ].join('\n');
}

export function setAccessScript({ path, access }: Of<'set-access'>): string {
  return [
    `if [ -L ${quote(path)} ]; then ${refuse(`${path} is a link`, 3)}; fi`,
    ...giveAccess(quote(path), access),
    `sync ${quote(path)}`,
  ].join('\n');
}

/** The owner first: giving it takes the set-user-id bits, which the mode then gives again. */
function giveAccess(word: string, { uid, gid, mode }: Of<'set-access'>['access']) {
  return [`chown -- ${uid}:${gid} ${word} || exit 1`, `chmod -- ${octal(mode)} ${word} || exit 1`];
}
