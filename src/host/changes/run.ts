import { commandLine, quote } from '../../core/argv.js';
import type { Change } from '../../core/change.js';

/**
 * One program, in this very process: its exit code is the change's. A script is written to a file of its
 * own beside the receipt, so that what it reads from standard input is not itself, and no text of it ever
 * stands in a command line. Its time is bounded by who starts it.
 */
export function runScript(change: Extract<Change, { kind: 'run' }>): string {
  const { argv, environment = {}, directory, script } = change;
  const program = commandLine(argv) + (script === undefined ? '' : ' "$file"');
  const missing = `${directory} is no directory`;
  return [
    ...(script === undefined
      ? []
      : ['file=${0%/*}/body', `(umask 077; printf %s ${quote(script)} >"$file") || exit 1`]),
    ...(directory === undefined
      ? []
      : [`cd -- ${quote(directory)} || { echo ${quote(missing)} >&2; exit 1; }`]),
    ...Object.entries(environment).map(
      ([name, value]) => `${name}=${quote(value)}; export ${name}`,
    ),
    `exec ${program}`,
  ].join('\n');
}
