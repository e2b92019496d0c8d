import { quote } from '../../core/argv.js';
import type { LogSource, LogTail, NoAnswer, Survey } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';

const NOTHING = 44;
const filesMax = 3;
const linesMax = 2_000;
const sectionBytesMax = 32_768;

/** A program that hangs costs seconds; none of them may wait for a person. */
const BOUNDED =
  't() { if command -v timeout >/dev/null 2>&1; then timeout 8 "$@"; else "$@"; fi </dev/null 2>&1; }';

/** The end of a log: bytes, since a line may be as long as it likes. */
export function logTail(source: LogSource, bytesMax: number): Asked {
  const script = 'unit' in source ? unitScript(source.unit) : containerScript(source.container);
  return {
    script: [BOUNDED, `end() { tail -c ${bytesMax}; }`, ...script, `exit ${NOTHING}`].join('\n'),
    parse: parseTail,
  };
}

/** systemd's journal; where there is none, what other systems call the file. */
function unitScript(unit: string): readonly string[] {
  const name = quote(unit);
  return [
    // A journal that holds nothing of it says so in words that are none of its own.
    `if command -v journalctl >/dev/null && [ -n "$(t journalctl -q -u ${name} -n 1 --no-pager | grep -v '^-- ')" ]; then`,
    `  printf 'journalctl -u %s\\n' ${name}`,
    `  t journalctl -u ${name} -n ${linesMax} --no-pager -o short-iso | end; exit 0`,
    'fi',
    `for f in /var/log/${name}.log /var/log/${name}/${name}.log; do`,
    '  [ ! -f "$f" ] || { printf \'%s\\n\' "$f"; end <"$f"; exit 0; }',
    'done',
  ];
}

/**
 * The kubelet's own files, the newest last: a container that has just been started again has little to
 * say, and the one before it all. Where there are none, the runtime is asked.
 */
function containerScript(container: string): readonly string[] {
  const name = quote(container);
  const newest = (pattern: string) =>
    `files=$(ls -1tr -- ${pattern} 2>/dev/null | tail -n ${filesMax})`;
  return [
    newest(`/var/log/pods/kube-system_${name}-*/${name}/*.log`),
    `[ -n "$files" ] || ${newest(`/var/log/containers/${name}-*_kube-system_${name}-*.log`)}`,
    'if [ -n "$files" ]; then',
    '  printf \'%s\\n\' "$files" | tail -n 1',
    '  printf \'%s\\n\' "$files" | while IFS= read -r f; do printf \'==> %s <==\\n\' "$f"; end <"$f"; done | end',
    '  exit 0',
    'fi',
    "ids() { grep -E '^[0-9a-f]{12,}$' | head -n 2 | sed -n '1!G;h;$p'; }",
    'said() {',
    '  [ -n "$2" ] || return 0',
    `  printf '%s logs\\n' "$1"`,
    `  for i in $2; do printf '==> %s <==\\n' "$i"; t "$1" logs --tail ${linesMax} "$i" | end; done | end`,
    '  exit 0',
    '}',
    // Both print the newest first: the last two, the newest last.
    `! command -v crictl >/dev/null 2>&1 || said crictl "$(t crictl ps -a -q --name ${quote(`^${container}$`)} | ids)"`,
    `! command -v docker >/dev/null 2>&1 || said docker "$(t docker ps -a -q --filter ${quote(`name=^/?k8s_${container}_`)} | ids)"`,
  ];
}

function parseTail({ exitCode, output }: Part): LogTail | NoAnswer {
  const text = output.toString('utf8').replaceAll('\0', '');
  if (exitCode !== 0) {
    const reason = exitCode === NOTHING ? 'missing' : 'failed';
    return { reason, detail: text.slice(-2_000) };
  }
  const cut = text.indexOf('\n');
  return { from: text.slice(0, cut), text: text.slice(cut + 1) };
}

/** Names are ours; what stands behind one runs bounded, and what it says is bounded too. */
const SECTIONS: { readonly [name: string]: string } = {
  system: 'uname -a; t cat /etc/os-release; cat /proc/uptime /proc/loadavg',
  time: 'date -u +%Y-%m-%dT%H:%M:%SZ; t timedatectl; t chronyc -n tracking',
  memory: 'cat /proc/meminfo | head -n 5; cat /proc/swaps',
  disks: 't df -Pk; t df -Pi',
  mounts: 'cat /proc/mounts',
  // Names alone: what stands in a command line may be a secret.
  processes: 't ps -eo pid,ppid,user,comm',
  listeners: 't ss -Hltnp || t netstat -ltnp',
  containers:
    'for c in crictl docker nerdctl podman; do command -v $c >/dev/null 2>&1 || continue; echo "$c ps -a"; if [ $c = nerdctl ]; then t $c -n k8s.io ps -a; else t $c ps -a; fi; done; ! command -v crictl >/dev/null 2>&1 || t crictl pods',
  units:
    't systemctl show -p Id -p LoadState -p ActiveState -p SubState -p Result -p NRestarts kubelet.service etcd.service containerd.service crio.service docker.service',
  kernel: 't dmesg | tail -n 100',
};

export function survey(): Asked {
  const script = Object.entries(SECTIONS).map(([name, programs]) =>
    [
      `printf '%s\\0' ${name}`,
      `{ ${programs}; } 2>&1 </dev/null | head -c ${sectionBytesMax} | tr -d '\\000'`,
      "printf '\\0'",
    ].join('\n'),
  );
  return { script: [BOUNDED, ...script].join('\n'), parse: parseSurvey };
}

function parseSurvey({ output }: Part): Survey {
  const words = output.toString('utf8').split('\0');
  const sections: { [name: string]: string } = {};
  for (let at = 0; at + 1 < words.length; at += 2) sections[words[at] ?? ''] = words[at + 1] ?? '';
  return { sections };
}
