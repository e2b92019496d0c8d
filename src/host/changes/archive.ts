import { quote } from '../../core/argv.js';
import type { Change } from '../../core/change.js';
import { join, nameOf, parentOf } from '../../core/host-path.js';
import type { ChangeId } from '../../core/names.js';
import { archiveNames, packed, pipeline, unpacked } from '../tar.js';
import { exists, refuse } from './shell-text.js';

type Archive = Extract<Change, { kind: 'archive' }>;

/** Written beside its name, read back to its end, and only then given the name. Prints its digest. */
export function archiveScript({ paths, to, compression }: Archive, id: ChangeId): string {
  const place = quote(parentOf(to));
  const temporary = quote(join(parentOf(to), `.${nameOf(to)}.${id.slice(0, 8)}`));
  const names = archiveNames(paths).map(quote).join(' ');
  return [
    'umask 077',
    `if ${exists(to)}; then ${refuse(`${to} exists`, 3)}; fi`,
    ...paths.map((path) => `${exists(path)} || ${refuse(`${path} is missing`, 2)}`),
    `place=$(readlink -f -- ${place}) || ${refuse(`${parentOf(to)} is missing`, 4)}`,
    ...paths.map((path) => notInside(path, to)),
    `trap 'rm -f -- '${quote(temporary)} EXIT`,
    `${pipeline(`tar -cf - -C / -- ${names}`, `${packed(compression)} >${temporary}`)} || ${refuse('tar or its compression failed', 6)}`,
    `${pipeline(`${unpacked(compression)} <${temporary}`, 'tar -tf - >/dev/null')} || ${refuse('the archive cannot be read back', 7)}`,
    `sync ${temporary} && sum=$(sha256sum <${temporary}) || exit 1`,
    `mv -T -- ${temporary} ${quote(to)} && sync ${place} && printf '%s\\n' "\${sum%% *}"`,
  ].join('\n');
}

/** Links are followed first: an archive that grows into itself never ends. */
function notInside(path: string, to: string): string {
  const why = `${to} lies inside ${path}, which it would hold`;
  return `case $place/ in "$(readlink -f -- ${quote(path)})"/*) ${refuse(why, 8)} ;; esac`;
}
