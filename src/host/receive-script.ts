import { quote } from '../core/argv.js';
import { type Change, temporaryOf } from '../core/change.js';
import { parentOf } from '../core/host-path.js';
import type { ChangeId } from '../core/names.js';
import { ownerWord } from './changes/shell-text.js';

/**
 * Takes a file from standard input. When all of it is there and right, and before it gets its name, its
 * id is claimed as a step's is: a transfer may outlive its controller, and once somebody has settled it
 * as `never` it must not put its file in place any more.
 */
export function receiveScript(
  change: Extract<Change, { kind: 'send' }>,
  id: ChangeId,
  steps: string,
): string {
  const [target, directory] = [quote(change.to), quote(parentOf(change.to))];
  const temporary = quote(temporaryOf(change, id));
  const mode = change.mode.toString(8).padStart(4, '0');
  const { uid, gid } = change;
  const giveUp = (code: number) => `{ rm -f -- ${temporary}; exit ${code}; }`;
  return [
    'umask 077',
    `step=${quote(`${steps}/${id}`)}`,
    `mkdir -p -- ${quote(steps)} || exit 1`,
    `cat >${temporary} || ${giveUp(1)}`,
    `sync ${temporary} || ${giveUp(1)}`,
    `sum=$(sha256sum <${temporary}); sum=\${sum%% *}; printf '%s\\n' "$sum"`,
    `[ "$sum" = ${change.sha256} ] || ${giveUp(9)}`,
    ...(uid === undefined && gid === undefined
      ? []
      : [`chown ${ownerWord(uid, gid)} ${temporary} || ${giveUp(1)}`]),
    `chmod ${mode} ${temporary} || ${giveUp(1)}`,
    `mkdir -- "$step" || ${giveUp(8)}`,
    'IFS= read -r stat </proc/$$/stat; stat=${stat##*) }',
    'IFS= read -r boot </proc/sys/kernel/random/boot_id',
    'ticks=$(set -- $stat; printf %s "${20}")',
    'printf "%s %s %s\\n" $$ "$ticks" "$boot" >"$step/who"',
    `(set -C; echo started >"$step/start") 2>/dev/null || ${giveUp(8)}`,
    `mv -f -T -- ${temporary} ${target} && sync ${directory} || exit 1`,
    'printf "done 0 0\\n" >"$step/receipt.part" && sync "$step/receipt.part" &&',
    '  mv -f -- "$step/receipt.part" "$step/receipt" && sync "$step"',
  ].join('\n');
}
