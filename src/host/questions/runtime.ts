import type { Asked } from './asked.js';
import { noAnswer } from './etcd.js';

const MISSING = 44;

/**
 * crictl's list is torn apart on the host: labels and annotations, which may hold anything, stay there. It
 * knows its runtime by /etc/crictl.yaml, or by the usual sockets.
 */
export function runtimePods(): Asked {
  const script = [
    `command -v crictl >/dev/null 2>&1 || { echo "this host has no crictl"; exit ${MISSING}; }`,
    'bound=',
    'command -v timeout >/dev/null 2>&1 && bound="timeout 20"',
    'ask() { $bound crictl pods --state ready -o json; }',
    `list=$({ ask 2>/dev/null || echo failed; } | tr -d '\\n' |`,
    `  grep -oE '"metadata": *\\{[^{}]*\\}|failed$' | grep -oE '"(name|namespace)": *"[A-Za-z0-9.-]+"|^failed$')`,
    'case $list in *failed) ask 2>&1 >/dev/null | tail -n 3; exit 1 ;; esac',
    'printf "%s\\n" "$list"',
  ].join('\n');
  return {
    script,
    parse: (part) => {
      if (part.exitCode === MISSING) return { ...noAnswer(part), reason: 'missing' };
      return part.exitCode === 0 ? { pods: podsIn(part.output.toString('utf8')) } : noAnswer(part);
    },
  };
}

/** Of one pod the name comes first, as the runtime's own definition has it. */
function podsIn(list: string) {
  const words = [...list.matchAll(/"(name|namespace)": *"([^"]+)"/g)];
  const pods: { namespace: string; name: string }[] = [];
  for (const [, field, value = ''] of words) {
    if (field === 'name') pods.push({ namespace: '', name: value });
    const last = pods.at(-1);
    if (field === 'namespace' && last !== undefined) last.namespace = value;
  }
  return pods;
}
