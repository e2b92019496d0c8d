import { quote } from '../../core/argv.js';
import type { EtcdTool, EtcdToolPair, EtcdTools, Question } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';

type Of = Extract<Question, { kind: 'etcd-tools' }>;

/**
 * Programs of a container are found beside the one that runs, through /proc, and are run where they lie:
 * etcd's are static. Only that they answer shows that they are this machine's. `@PLACE NAME PATH` and, each
 * behind a bar, the first lines that it said.
 */
export function etcdTools({ folder, image, peerUrl }: Of): Asked {
  const script = [
    'bound=; command -v timeout >/dev/null 2>&1 && bound="timeout 10"',
    'say() {',
    '  printf "@%s %s %s\\n" "$1" "$2" "$3"',
    '  $bound "$3" "$4" 2>&1 </dev/null | head -n 10 |',
    '    while IFS= read -r line; do printf "|%s\\n" "$line"; done',
    '}',
    'look() {',
    '  for name in etcdctl etcdutl; do',
    '    [ ! -f "$2/$name" ] || [ ! -x "$2/$name" ] || say "$1" "$name" "$2/$name" version',
    '  done',
    '}',
    'for name in etcdctl etcdutl; do',
    '  found=$(command -v "$name") && case $found in /*) say host "$name" "$found" version ;; esac',
    'done',
    ...(folder === null ? [] : [`look folder ${quote(folder)}`]),
    'for p in /proc/[0-9]*; do',
    '  name=; IFS= read -r name 2>/dev/null <"$p/comm" && [ "$name" = etcd ] || continue',
    '  own=$(readlink "$p/exe") || continue',
    ...(peerUrl === null
      ? []
      : [
          `  cat "$p/cmdline" "$p/environ" | tr '\\0' '\\n' | grep -Fq -- ${quote(peerUrl)} || continue`,
        ]),
    '  say running etcd "$p/exe" --version',
    '  for place in "${own%/*}" /usr/local/bin /usr/bin /bin; do',
    '    [ -f "$p/root$place/etcdctl" ] || [ -f "$p/root$place/etcdutl" ] || continue',
    '    look running "$p/root$place"; break',
    '  done',
    '  break',
    'done',
    ...(image === null ? [] : imageLines(image)),
    ':',
  ].join('\n');
  return { script, parse };
}

/** Of the images that Kubernetes uses only the name is asked for: nothing is unpacked, nothing mounted. */
function imageLines(image: string): readonly string[] {
  const filter = quote(`name==${image}`);
  return [
    'ctr=$(command -v ctr) && case $ctr in',
    `  /*) held=$($bound "$ctr" --namespace k8s.io images ls -q ${filter} 2>/dev/null)`,
    `    [ "$held" != ${quote(image)} ] || printf "@image ctr %s\\n" "$ctr" ;;`,
    'esac',
  ];
}

function parse(part: Part): EtcdTools {
  const found = new Map<string, EtcdTool>();
  for (const block of part.output.toString('utf8').split(/^@/m).slice(1)) {
    const [head = '', ...lines] = block.split('\n');
    const [place = '', name = '', ...path] = head.split(' ');
    const said = lines.map((line) => line.slice(1)).join('\n');
    const version = VERSION.exec(said)?.[1] ?? null;
    const detail = version === null ? said.trim().slice(0, 500) : '';
    found.set(`${place} ${name}`, { path: path.join(' '), version, said: detail });
  }
  const pair = (place: string): EtcdToolPair => ({
    etcdctl: found.get(`${place} etcdctl`) ?? null,
    etcdutl: found.get(`${place} etcdutl`) ?? null,
  });
  return {
    host: pair('host'),
    folder: pair('folder'),
    running: pair('running'),
    runningVersion: found.get('running etcd')?.version ?? null,
    imageThrough: found.get('image ctr')?.path ?? null,
  };
}

const VERSION = /version:\s*v?([0-9]+\.[0-9]+\.[0-9]+)/i;
