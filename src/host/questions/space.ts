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
