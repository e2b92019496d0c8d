import type { Socket } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';
import { addressOf } from './processes.js';

/**
 * The kernel's table, and which process holds which socket. Looking through every process's files costs
 * most: only sockets are read, by one `ls`.
 */
export function sockets(ports: readonly number[]): Asked {
  const script = [
    'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null',
    "printf '\\0'",
    "ls -ln /proc/[0-9]*/fd 2>/dev/null | grep -E '^/proc/|socket:' | while IFS= read -r l; do",
    '  case $l in',
    '    /proc/*) d=${l%/fd:} ;;',
    '    *) c=; IFS= read -r c 2>/dev/null <"$d/comm"; printf "%s %s\\n" "${l##*socket:}" "$c" ;;',
    '  esac',
    'done',
  ].join('\n');
  return { script, parse: (part) => parseSockets(part, new Set(ports)) };
}

const STATES: { readonly [state: string]: Socket['state'] } = {
  '01': 'connected',
  '0A': 'listening',
};

function parseSockets({ output }: Part, ports: ReadonlySet<number>): readonly Socket[] {
  const [table = '', owners = ''] = output.toString('utf8').split('\0');
  const processOf = new Map(
    owners.split('\n').map((line): [string, string] => {
      const cut = line.indexOf(']');
      return [line.slice(1, cut), line.slice(cut + 2)];
    }),
  );
  return table.split('\n').flatMap((line): Socket[] => {
    const [, local = '', remote = '', code = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    const state = STATES[code];
    if (state === undefined) return [];
    const [localAddress, localPort] = endOf(local);
    const [remoteAddress, remotePort] = state === 'listening' ? ['', 0] : endOf(remote);
    if (!ports.has(localPort) && !ports.has(remotePort)) return [];
    const ends = { localAddress, localPort, remoteAddress, remotePort };
    return [{ state, ...ends, process: processOf.get(inode) ?? null }];
  });
}

/** An IPv4 address in an IPv6 socket is an IPv4 address. */
function endOf(text: string): readonly [string, number] {
  const [address = '', port = ''] = text.split(':');
  const mapped = /^0000000000000000FFFF0000([0-9A-F]{8})$/.exec(address)?.[1];
  return [addressOf(mapped ?? address), Number.parseInt(port, 16)];
}
