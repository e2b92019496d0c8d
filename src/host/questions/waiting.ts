import { quote } from '../../core/argv.js';
import type { EtcdAccess, Question } from '../../core/question.js';
import type { Asked } from './asked.js';
import { etcdctl } from './etcd.js';
import { poll } from './polling.js';
import { kernelName } from './processes.js';

type WaitFor<K extends string> = Extract<Question, { kind: K }>;

/** Waits until no process of these names runs and nobody listens on these ports. */
export function waitGone(question: WaitFor<'wait-gone'>): Asked {
  return poll(question.timeoutMs, `${look(question.processes, question.ports)}\n[ -z "$seen" ]`);
}

/** Waits until every process runs and every port is listened on. */
export function waitRunning(question: WaitFor<'wait-running'>): Asked {
  const processes = question.processes.map(kernelName);
  const wanted = [
    ...processes.map(
      (name) =>
        `case " $seen " in *${quote(` ${name} `)}*) ;; *) missing="$missing "${quote(name)};; esac`,
    ),
    ...question.ports.map(
      (port) =>
        `case " $seen " in *" port:${port} "*) ;; *) missing="$missing port ${port} is closed;";; esac`,
    ),
  ];
  const test = [look(question.processes, question.ports), 'missing=', ...wanted];
  return poll(question.timeoutMs, `${test.join('\n')}\nseen=$missing\n[ -z "$missing" ]`);
}

/** Waits until this member answers a linearizable read: there is a quorum, and it belongs to it. */
export function waitEtcdHealthy(access: EtcdAccess, timeoutMs: number): Asked {
  const short = etcdctl({ ...access }, 'endpoint', 'health').replace(
    '--command-timeout=5s',
    '--command-timeout=2s',
  );
  return poll(timeoutMs, `seen=$(${short} 2>&1)`);
}

/** Names the processes and ports that are there, in `$seen`. Built-ins only, so that a look is cheap. */
function look(processes: readonly string[], ports: readonly number[]): string {
  const lines = ['seen='];
  if (processes.length > 0) {
    const wanted = processes.map((name) => quote(kernelName(name))).join('|');
    lines.push(
      'for d in /proc/[0-9]*; do',
      '  c=; IFS= read -r c 2>/dev/null <"$d/comm" || continue',
      `  case $c in ${wanted}) ;; *) continue ;; esac`,
      '  s=; IFS= read -r s 2>/dev/null <"$d/stat" || continue',
      '  s=${s##*) }; [ "${s%% *}" = Z ] || seen="$seen $c"',
      'done 2>/dev/null',
    );
  }
  if (ports.length > 0) {
    const wanted = ports.map((port) => `*:${hexPort(port)}`).join('|');
    lines.push(
      'for f in /proc/net/tcp /proc/net/tcp6; do',
      '  [ -r "$f" ] || continue',
      '  while read -r _ local _ state _; do',
      '    [ "$state" = 0A ] || continue',
      `    case $local in ${wanted}) seen="$seen port:$((0x\${local##*:}))" ;; esac`,
      '  done <"$f"',
      'done',
    );
  }
  return lines.join('\n');
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
