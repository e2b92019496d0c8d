import { quote } from '../core/argv.js';
import { type Change, temporaryOf } from '../core/change.js';
import { nameOf, parentOf } from '../core/host-path.js';
import type { ChangeId, RunId } from '../core/names.js';
import { ownerWord } from './changes/shell-text.js';
import { transferLibrary } from './runner/index.js';

/** Which step of which run a transfer is, and where its claim and its receipt lie on the host. */
export interface TransferPlace {
  readonly base: string;
  readonly stateDir: string;
  readonly run: RunId;
  /** 0: no lock, no fence. */
  readonly epoch: number;
  readonly id: ChangeId;
}

export const receiveExits = { disk: 7, fenced: 8, digest: 9, used: 17 } as const;

/**
 * Takes a file from standard input. Its id is claimed as a step's is, and the fence is looked at when all of
 * it is there and right, just before it gets its name: a transfer may outlive its controller, and once
 * somebody has settled it as `never` it must not put its file in place any more.
 */
export function receiveScript(
  change: Extract<Change, { kind: 'send' }>,
  { stateDir, base, run, epoch, id }: TransferPlace,
): string {
  const { disk, fenced, digest, used } = receiveExits;
  const [target, directory] = [quote(change.to), quote(parentOf(change.to))];
  const mode = change.mode.toString(8).padStart(4, '0');
  const { uid, gid } = change;
  const giveUp = (code: number): string => `{ rm -f -- "$part"; exit ${code}; }`;
  return [
    transferLibrary(stateDir),
    `base=${quote(base)} part=${quote(temporaryOf(change, id))}`,
    `rb_claim "$base" ${run} ${epoch} ${id} >&2`,
    `case $? in 0) ;; 17) exit ${used} ;; *) exit ${disk} ;; esac`,
    `dir=$rb_steps/${id}`,
    `{ rb_intend ${id} 0 ${change.sha256} : && rb_write_who "$dir" 0; } >&2 || exit ${disk}`,
    `export RUNBACK_STEP=${id}`,
    'rb_now; seconds=$rb_seconds hundredths=$rb_hundredths',
    // What an earlier attempt has left would fill the disk; one that goes on without its file fails.
    `rm -f -- ${directory}/${quote(`.${nameOf(change.to)}.`)}*.part`,
    `cat >"$part" || ${giveUp(disk)}`,
    `sync "$part" "$dir/script" "$dir/intent" "$dir" "$rb_steps" || ${giveUp(disk)}`,
    `sum=$(sha256sum <"$part"); sum=\${sum%% *}; printf '%s\\n' "$sum"`,
    `[ "$sum" = ${change.sha256} ] || ${giveUp(digest)}`,
    ...(uid === undefined && gid === undefined
      ? []
      : [`chown ${ownerWord(uid, gid)} "$part" || ${giveUp(disk)}`]),
    `chmod ${mode} "$part" || ${giveUp(disk)}`,
    `rb_is_fenced "$base" ${epoch} && ${giveUp(fenced)}`,
    '# point: checked',
    'if ! rb_start "$dir" started; then',
    `  rb_is_fenced "$base" ${epoch} && ${giveUp(fenced)}`,
    `  ${giveUp(disk)}`,
    'fi',
    `mv -f -T -- "$part" ${target} && sync ${directory} || ${giveUp(disk)}`,
    'rb_since "$seconds" "$hundredths"',
    `rb_finish "$dir" 0 "$rb_took" "$sum" ${change.sizeBytes} >&2 || exit ${disk}`,
  ].join('\n');
}
