import { quote } from '../../core/argv.js';
import type { Asked } from './asked.js';

/** Of a path that may not exist yet: of its nearest ancestor that does. */
export function space(path: string): Asked {
  const script = [
    `p=${quote(path)}`,
    'while [ ! -e "$p" ] && [ "$p" != / ]; do p=${p%/*}; p=${p:-/}; done',
    'stat -f -L -c \'%S %b %a %c %d\' -- "$p" || exit 1',
    'stat -L -c \'%d\' -- "$p" && printf %s "$p"',
  ].join('\n');
  return {
    script,
    parse: ({ output }) => {
      const [counts = '', device = '', measured = ''] = output.toString('utf8').split('\n');
      const [block = 0, blocks = 0, free = 0, inodes = 0, freeInodes = 0] = counts
        .split(' ')
        .map(Number);
      const at = { path: measured, device };
      return { ...at, sizeBytes: block * blocks, freeBytes: block * free, inodes, freeInodes };
    },
  };
}

/** Of one file system: what is mounted below is somebody else's. */
export function treeSize(path: string): Asked {
  return {
    script: `[ -e ${quote(path)} ] && du -skx -- ${quote(path)} 2>/dev/null`,
    parse: ({ output }) => {
      const kibibytes = /^\d+/.exec(output.toString('utf8'))?.[0];
      return kibibytes === undefined ? null : { sizeBytes: Number(kibibytes) * 1_024 };
    },
  };
}
