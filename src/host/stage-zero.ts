import { type Argv, quote } from '../core/argv.js';

/** The only environment that anything of ours has on a host: nothing of the login leaks in. */
const ENVIRONMENT = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LC_ALL=C',
  'HOME=/root',
  'ETCDCTL_API=3',
];

/**
 * Reads a length, exactly that many bytes and a `go`, and only then runs them. A script that is given to
 * `sh` on standard input is over-read by dash and busybox, and a cut one would run to where it was cut.
 * A dd that does not count bytes says so before it has read any.
 */
const STAGE_ZERO =
  'IFS= read -r n && { s=$(dd bs=65536 count="$n" iflag=fullblock,count_bytes 2>/dev/null) || ' +
  '{ rb_frames_by=single; s=$(dd bs=1 count="$n" 2>/dev/null); }; } && ' +
  'IFS= read -r g && [ "$g" = go ] && eval "$s"';

/** What waits for the runner's text. */
export const RUNNER: Argv = shell(STAGE_ZERO);

/** One shell script on a channel of its own, for a stream; in the runner's environment. */
export function shell(script: string): Argv {
  return ['env', '-i', ...ENVIRONMENT, 'sh', '-c', script];
}

export function stageOne(runner: string, nonce: string): Buffer {
  const text = Buffer.from(`rb_nonce=${quote(nonce)}\n${runner}`, 'utf8');
  return Buffer.concat([Buffer.from(`${text.length}\n`), text, Buffer.from('go\n')]);
}
