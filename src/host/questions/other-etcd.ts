import { quote } from '../../core/argv.js';
import type { EtcdIdentity } from '../../core/question.js';

/**
 * `is_other /proc/PID`: is this etcd surely another one? Only when it is told its data directory and both of
 * its listeners, by words or environment, and not one of them is the member's; and when that directory is
 * there, and another one. Whatever cannot be read, or is told by a file, counts as the member.
 */
export function isOtherLines({ told, directory, urls, ports }: EtcdIdentity): readonly string[] {
  const own = [
    ...urls.flatMap((url) => [`*${quote(url)}`, `*${quote(url)}[,/]*`]),
    ...ports.map((port) => `*${quote(`:${port}`)}[!0-9]*`),
  ].join('|');
  const flag = (name: string, into: string) => [
    `      --${name}=*|-${name}=*) ${into}=\${w#*=} ;;`,
    `      --${name}|-${name}) want=${into} ;;`,
  ];
  const directories = [...new Set([told, directory])].flatMap((one) => [
    quote(one),
    quote(`${one}/`),
  ]);
  return [
    'is_other() {',
    // The last word says that all was read.
    "  { tr '\\0' '\\n' <\"$1/cmdline\" && echo && tr '\\0' '\\n' <\"$1/environ\" && echo all; } 2>/dev/null | (",
    '    dir= peers= clients= envdir= envpeers= envclients= want= unclear= last=',
    '    while IFS= read -r w; do',
    '      last=$w',
    '      case $want in dir) dir=$w ;; peers) peers=$w ;; clients) clients=$w ;; esac; want=',
    '      case $w in',
    ...flag('data-dir', 'dir'),
    ...flag('listen-peer-urls', 'peers'),
    ...flag('listen-client-urls', 'clients'),
    '      --config-file*|-config-file*|ETCD_CONFIG_FILE=?*) unclear=1 ;;',
    '      ETCD_DATA_DIR=*) envdir=${w#*=} ;;',
    '      ETCD_LISTEN_PEER_URLS=*) envpeers=${w#*=} ;;',
    '      ETCD_LISTEN_CLIENT_URLS=*) envclients=${w#*=} ;;',
    '      esac',
    ...(own === '' ? [] : [`      case "$w," in ${own}) unclear=1 ;; esac`]),
    '    done',
    '    dir=${dir:-$envdir}',
    '    [ -z "$unclear" ] && [ "$last" = all ] && [ -n "${peers:-$envpeers}" ] && [ -n "${clients:-$envclients}" ] || exit 1',
    `    case $dir in ${directories.join('|')}) exit 1 ;; /*) ;; *) exit 1 ;; esac`,
    '    its=$(stat -Lc %d:%i -- "$1/root$dir" 2>/dev/null) || exit 1',
    `    [ "$its" != "$(stat -Lc %d:%i -- ${quote(directory)} 2>/dev/null)" ]`,
    '  )',
    '}',
  ];
}

/** The line of a loop over `$d` that goes on to the next; behind `$c`, its name, is known. */
export const skipOther = '  [ "$c" != etcd ] || ! is_other "$d" || continue';
