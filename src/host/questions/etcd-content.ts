import type { EtcdAccess } from '../../core/question.js';
import type { Asked } from './asked.js';
import { etcdctl, noAnswer } from './etcd.js';

/**
 * A digest over every key, value and revision of ONE member, made on the host: no value leaves it. The
 * answer's header differs between members and is cut off; the exit code of etcdctl travels on
 * descriptor 5, since a pipe in a POSIX shell tells only how its last program ended.
 */
export function etcdContent(access: EtcdAccess, revision: number | null): Asked {
  const at = revision === null ? [] : [`--rev=${revision}`];
  const read = (...more: readonly string[]) =>
    etcdctl(access, 'get', '', '--prefix', '--consistency=s', ...at, ...more);
  const script = [
    'exec 6>&1',
    `code=$({ { ${read('-w', 'json')} 2>/dev/null; echo $? >&5; } | sed 's/^{"header":{[^}]*},\\{0,1\\}//' | {`,
    '  sha256sum >&6; }; } 5>&1)',
    '[ "$code" = 0 ] || { echo "etcdctl get ended with $code"; exit 1; }',
    `code=$({ { ${read('--keys-only')} 2>/dev/null; echo $? >&5; } | grep . | cut -d/ -f3 | sort | uniq -c >&6; } 5>&1)`,
    '[ "$code" = 0 ]',
  ].join('\n');
  return {
    script,
    parse: (part) => {
      if (part.exitCode !== 0) return noAnswer(part);
      const [digest = '', ...counts] = part.output.toString('utf8').trim().split('\n');
      const keysByKind: { [kind: string]: number } = {};
      let keys = 0;
      for (const line of counts) {
        const [, count = '0', kind = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
        keysByKind[kind] = Number(count);
        keys += Number(count);
      }
      return { sha256: digest.slice(0, 64), keys, keysByKind };
    },
  };
}
