import { commandLine } from '../core/argv.js';
import type { Change } from '../core/change.js';
import type { Access } from '../core/question.js';

/** One line about a change, for previews, progress and failures. Pure, and without any secret. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'run':
      return change.script === undefined
        ? `run ${commandLine(change.argv)}`
        : `run a script of ${lines(change.script)} with ${commandLine(change.argv)}`;
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
    case 'set-access': {
      const { path, access, was } = change;
      return `set ${path} from ${accessText(was)} to ${accessText(access)}`;
    }
    case 'make-link':
      return `link ${change.path} → ${change.target}`;
    case 'replace':
      return `put ${change.from} into the place of ${change.to}`;
    case 'copy-file':
      return `copy ${change.from} → ${change.to} (sha256 ${change.sha256.slice(0, 12)}…)`;
    case 'archive':
      return `archive ${change.paths.join(' ')} → ${change.to}`;
    case 'service':
      return `${change.verb} ${change.unit}`;
    case 'send':
      return `send ${change.from} → ${change.to} (${change.sizeBytes} bytes, sha256 ${change.sha256.slice(0, 12)}…)`;
    case 'fetch':
      return `fetch ${change.from} → ${change.to} on this machine`;
    case 'wait':
      return `wait (${change.question.kind})`;
  }
}

function accessText({ uid, gid, mode }: Access): string {
  return `${uid}:${gid} ${octal(mode)}`;
}

function lines(script: string): string {
  const count = script.trimEnd().split('\n').length;
  return count === 1 ? 'one line' : `${count} lines`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
