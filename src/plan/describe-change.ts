import { commandLine } from '../core/argv.js';
import type { Change } from '../core/change.js';

/** One line about a change, for previews, progress and failures. Pure, and without any secret. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'run':
      return `run ${commandLine(change.argv)}`;
    case 'write-file':
      return `write ${change.path} (${new TextEncoder().encode(change.text).length} bytes, mode ${octal(change.mode)})`;
    case 'make-directory':
      return `make directory ${change.path} (mode ${octal(change.mode)})`;
    case 'remove-empty-directories':
      return `take away empty directories ${change.paths.join(' ')}`;
    case 'rename':
      return `rename ${change.from} → ${change.to}`;
    case 'remove':
      return `move ${change.path} to the trash in ${change.trash}`;
    case 'set-owner':
      return `give ${change.path} to ${change.uid}:${change.gid} (mode ${octal(change.mode)})`;
    case 'send':
      return `send ${change.from} → ${change.to} (${change.sizeBytes} bytes, sha256 ${change.sha256.slice(0, 12)}…)`;
    case 'fetch':
      return `fetch ${change.from} → ${change.to} on this machine`;
    case 'wait':
      return `wait (${change.question.kind})`;
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
