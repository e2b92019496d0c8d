import { quote } from '../../core/argv.js';
import type { EtcdAccess, Question } from '../../core/question.js';
import type { Asked } from './asked.js';
import { etcdctl } from './etcd.js';
import { socketPatterns } from './local-address.js';
import { isOtherLines, skipOther } from './other-etcd.js';
import { poll } from './polling.js';
import { kernelName } from './processes.js';

type WaitFor<K extends string> = Extract<Question, { kind: K }>;

/**
 * Waits until no process of these names runs and nobody listens on these ports, and that for `quietMs` on
 * end. The container runtime is asked last: it costs a program, and what it says must be fresh.
 */
export function waitGone(question: WaitFor<'wait-gone'>): Asked {
  const { sandboxes = [], quietMs = 0, timeoutMs } = question;
  const test = [
    look(question),
    'now; [ -z "$seen" ] || since=$n',
    `if [ -z "$seen" ] && [ $((n - since)) -lt ${Math.ceil(quietMs)} ]; then`,
    '  seen="nothing, but only for $((n - since)) ms"',
    ...(sandboxes.length === 0 ? [] : ['elif [ -z "$seen" ]; then', readySandboxes(sandboxes)]),
    'fi',
    '[ -z "$seen" ]',
  ];
  return poll(timeoutMs, test.join('\n'), ['since=$begin', ...knowing(question)].join('\n'));
}

/** kubeadm labels its static pods so, and the runtime compares whole values. */
function readySandboxes(pods: readonly string[]): string {
  const labels = '--label io.kubernetes.pod.namespace=kube-system --label tier=control-plane';
  return [
    '  bound=; command -v timeout >/dev/null 2>&1 && bound="timeout 5"',
    `  for pod in ${pods.map(quote).join(' ')}; do`,
    '    note="crictl is not on this host"; command -v crictl >/dev/null 2>&1 || break',
    `    set -- crictl --timeout=2s pods --state ready --quiet ${labels} --label component="$pod"`,
    '    found=$($bound "$@" 2>/dev/null) || {',
    '      note="crictl does not answer: $($bound "$@" 2>&1 | tail -n 1 | head -c 200)"; break',
    '    }',
    '    note=; [ -z "$found" ] || { seen="$seen sandbox:$pod"; since=$n; }',
    '  done',
  ].join('\n');
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
      ({ port }) =>
        `case " $seen " in *" port:${port} "*) ;; *) missing="$missing port ${port} is closed;";; esac`,
    ),
  ];
  const test = [look(question), 'missing=', ...wanted];
  const script = `${test.join('\n')}\nseen=$missing\n[ -z "$missing" ]`;
  return poll(question.timeoutMs, script, knowing(question).join('\n'));
}

/** Waits until this member answers a linearizable read: there is a quorum, and it belongs to it. */
export function waitEtcdHealthy(access: EtcdAccess, timeoutMs: number): Asked {
  const short = etcdctl({ ...access }, 'endpoint', 'health').replace(
    '--command-timeout=5s',
    '--command-timeout=2s',
  );
  return poll(timeoutMs, `seen=$(${short} 2>&1)`);
}

type LookedFor = Pick<WaitFor<'wait-running'>, 'processes' | 'ports' | 'member' | 'except'>;

function knowing({ member }: LookedFor): readonly string[] {
  return member === undefined ? [] : isOtherLines(member);
}

/** Names the processes and ports that are there, in `$seen`. Built-ins only, so that a look is cheap. */
export function look({ processes, ports, member, except = [] }: LookedFor): string {
  const lines = ['seen='];
  if (processes.length > 0) {
    const others = except.map(({ pid, startTicks }) => quote(`${pid}:${startTicks}`)).join('|');
    const wanted = processes.map((name) => quote(kernelName(name))).join('|');
    lines.push(
      'for d in /proc/[0-9]*; do',
      '  c=; IFS= read -r c 2>/dev/null <"$d/comm" || continue',
      `  case $c in ${wanted}) ;; *) continue ;; esac`,
      '  s=; IFS= read -r s 2>/dev/null <"$d/stat" || continue',
      '  s=${s##*) }; set -- $s',
      ...(member === undefined ? [] : [skipOther]),
      ...(others === '' ? [] : [`  case \${d#/proc/}:\${20} in ${others}) continue ;; esac`]),
      '  [ "$1" = Z ] || seen="$seen $c"',
      'done 2>/dev/null',
    );
  }
  if (ports.length > 0) {
    const wanted = ports.flatMap(socketPatterns).join('|');
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
