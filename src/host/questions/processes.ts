import { quote } from '../../core/argv.js';
import type { EtcdIdentity, Listener } from '../../core/question.js';
import type { Asked } from './asked.js';
import { isOtherLines, skipOther } from './other-etcd.js';

/** The kernel keeps 15 characters of a process's name. */
export function kernelName(name: string): string {
  return name.slice(0, 15);
}

/** Built-ins only: one process for the shell, none for each entry of /proc. */
export function processes(names: readonly string[], member?: EtcdIdentity): Asked {
  const wanted = names.map((name) => quote(kernelName(name))).join('|');
  const script = [
    ...(member === undefined ? [] : isOtherLines(member)),
    'for d in /proc/[0-9]*; do',
    '  c=; IFS= read -r c 2>/dev/null <"$d/comm" || continue',
    `  case $c in ${wanted}) ;; *) continue ;; esac`,
    '  s=; IFS= read -r s 2>/dev/null <"$d/stat" || continue',
    ...(member === undefined ? [] : [skipOther]),
    '  s=${s##*) }; set -- $s',
    '  [ "$1" = Z ] || printf "%s %s %s\\n" "${d#/proc/}" "${20}" "$c"',
    'done 2>/dev/null',
  ].join('\n');
  return {
    script,
    parse: (part) =>
      part.output
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [pid = '', startTicks = '', ...rest] = line.split(' ');
          const comm = rest.join(' ');
          const name = names.find((one) => kernelName(one) === comm) ?? comm;
          return { pid: Number(pid), startTicks, name };
        }),
  };
}

export function listening(): Asked {
  return {
    script: 'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null',
    parse: (part) =>
      part.output
        .toString('ascii')
        .split('\n')
        .flatMap((line): Listener[] => {
          const [, local = '', , state] = line.trim().split(/\s+/);
          if (state !== LISTEN) return [];
          const [address = '', port = ''] = local.split(':');
          return [{ address: addressOf(address), port: Number.parseInt(port, 16) }];
        }),
  };
}

const LISTEN = '0A';

/** /proc/net/tcp writes each 32-bit word of an address in the machine's own order (little-endian). */
export function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(index * 2).toString(16),
  );
  return groups
    .join(':')
    .replace(/\b0(:0)+\b/, ':')
    .replace(/:{3,}/, '::');
}
