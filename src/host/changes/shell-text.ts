import { quote } from '../../core/argv.js';

/** A test that is true for whatever has this name, a link to nowhere too. */
export function exists(path: string): string {
  return `{ [ -e ${quote(path)} ] || [ -L ${quote(path)} ]; }`;
}

export function refuse(why: string, code: number): string {
  return `{ echo ${quote(why)} >&2; exit ${code}; }`;
}

/** For chown; `5:` would mean the login group of user 5. */
export function ownerWord(uid: number | undefined, gid: number | undefined): string {
  if (gid === undefined) return `${uid}`;
  return `${uid ?? ''}:${gid}`;
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A rename is only a rename within one mount: across bind mounts it fails even on one file system. */
export const sameMount = `
mount_of() {
  p=$(readlink -f -- "$1") || return 1
  best= id=
  while read -r i _ _ _ m _; do
    case $p/ in
      "\${m%/}"/*) [ "\${#m}" -ge "\${#best}" ] && { best=$m; id=$i; } ;;
    esac
  done </proc/self/mountinfo
  printf %s "$id"
}
`;
