import { quote } from '../../core/argv.js';
import type { Change } from '../../core/change.js';
import { effectsOf } from './move-pod.js';

/** SIGTERM was sent by the kubelet long ago. */
const graceS = 10;
const oneCallS = 60;
const sandboxS = 15;
const timeoutMs = 300_000;

/**
 * Ends the containers of static pods that the kubelet does not get ended: first each container, then, when its
 * sandbox is still ready, the whole sandbox by force. Only what has kubeadm's own labels with these very
 * values, and only by ids that the runtime gave. It fails nothing: what is left is seen by who looks next.
 */
export function endPods(pods: readonly string[]): Change {
  const ready = 'crictl pods --state ready --quiet';
  const labels = '--label io.kubernetes.pod.namespace=kube-system --label tier=control-plane';
  const script = [
    `bound=; command -v timeout >/dev/null 2>&1 && bound="timeout ${oneCallS}"`,
    `for pod in ${pods.map(quote).join(' ')}; do`,
    `  for sandbox in $($bound ${ready} ${labels} --label component="$pod"); do`,
    '    case $sandbox in *[!0-9a-f]*) continue ;; esac',
    '    for container in $($bound crictl ps --quiet --pod "$sandbox"); do',
    '      case $container in *[!0-9a-f]*) continue ;; esac',
    '      echo "stopping container $container of $pod"',
    `      $bound crictl stop --timeout ${graceS} "$container"`,
    '    done',
    '    waited=0',
    `    while [ "$waited" -lt ${sandboxS} ] && [ -n "$($bound ${ready} --id "$sandbox")" ]; do`,
    '      sleep 1; waited=$((waited + 1))',
    '    done',
    `    [ -n "$($bound ${ready} --id "$sandbox")" ] || continue`,
    '    echo "removing sandbox $sandbox of $pod by force"',
    '    $bound crictl rmp --force "$sandbox"',
    '  done',
    'done',
    ':',
  ].join('\n');
  return {
    kind: 'run',
    argv: ['sh'],
    script,
    timeoutMs,
    repeatable: true,
    effects: pods.flatMap(effectsOf),
  };
}
