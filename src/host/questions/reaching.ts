import { bracketed } from '../../core/address.js';
import { commandLine, quote } from '../../core/argv.js';
import type { Question } from '../../core/question.js';
import type { Asked } from './asked.js';
import { poll } from './polling.js';

type WaitFor<K extends Question['kind']> = Extract<Question, { kind: K }>;

export function waitPath({ path, present, timeoutMs }: WaitFor<'wait-path'>): Asked {
  const file = quote(path);
  const says = present ? `${path} is missing` : `${path} is there`;
  const isThere = `{ [ -e ${file} ] || [ -L ${file} ]; }`;
  return poll(timeoutMs, `seen=${quote(says)}\n${present ? '' : '! '}${isThere}`);
}

/** A connection is really made, with what the host has: a port that listens may still be walled off. */
export function waitPort({ address, port, open, timeoutMs }: WaitFor<'wait-port'>): Asked {
  const [host, number] = [quote(address), String(port)];
  const url = quote(`telnet://${bracketed(address)}:${port}`);
  const says = `${address} port ${port} is ${open ? 'closed' : 'open'}`;
  const test = [
    `seen=${quote(says)}`,
    'reach() {',
    '  if command -v bash >/dev/null 2>&1; then',
    `    timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${host} ${number} 2>/dev/null`,
    '  elif command -v curl >/dev/null 2>&1; then',
    `    case $(curl -q -s -o /dev/null -m 2 -w '%{time_connect}' ${url} </dev/null) in`,
    '      *[1-9]*) return 0 ;; *) return 1 ;;',
    '    esac',
    '  elif command -v nc >/dev/null 2>&1; then',
    `    nc -w 1 ${host} ${number} </dev/null >/dev/null 2>&1`,
    '  else seen="this host has none of bash, curl and nc to try a connection with"; late; fi',
    '}',
    open ? 'reach' : '! reach',
  ];
  return poll(timeoutMs, test.join('\n'));
}

/** curl's own configuration file is not read (-q, and first): nothing of the host's decides here. */
export function waitHttp(question: WaitFor<'wait-http'>): Asked {
  const { url, statuses, caFile, certFile, keyFile, timeoutMs } = question;
  const flag = (name: string, value: string | null) => (value === null ? [] : [name, value]);
  const argv = [
    ...['curl', '-q', '-sS', '-o', '/dev/null', '-w', '\n%{http_code}'],
    ...['--connect-timeout', '2', '--max-time', '5'],
    ...[...flag('--cacert', caFile), ...flag('--cert', certFile), ...flag('--key', keyFile)],
    url,
  ];
  const test = [
    'command -v curl >/dev/null 2>&1 || { seen="this host has no curl"; late; }',
    `said=$(${commandLine(argv)} 2>&1)`,
    'code=${said##*\n}; seen="status $code"',
    '[ "$code" != 000 ] || seen=${said%%\n*}',
    `case $code in ${statuses.join('|')}) true ;; *) false ;; esac`,
  ];
  return poll(timeoutMs, test.join('\n'));
}

/** A unit that has failed does not start any more by being waited for. */
export function waitUnit({ unit, active, timeoutMs }: WaitFor<'wait-unit'>): Asked {
  const test = [
    `seen=$(systemctl is-active ${quote(unit)} 2>&1)`,
    active
      ? 'case $seen in active) true ;; failed) late ;; *) false ;; esac'
      : 'case $seen in active | reloading | activating | deactivating) false ;; *) true ;; esac',
  ];
  return poll(timeoutMs, test.join('\n'));
}
