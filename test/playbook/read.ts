import type { Diagnostic } from '../../src/core/diagnostic.js';
import { catalogue } from '../../src/modules/index.js';
import type { CheckedPlaybook, CheckedTask } from '../../src/playbook/checked.js';
import { parsePlaybook } from '../../src/playbook/index.js';

/** A playbook that must be right. */
export function accepted(text: string): CheckedPlaybook {
  const playbook = parsePlaybook({ file: 'book.yml', text }, catalogue);
  if (!playbook.ok) throw new Error(playbook.error.map(shown).join('\n'));
  return playbook.value;
}

/** What is wrong with a text, as `LINE:COLUMN code`, in the order in which it was found. */
export function mistakes(text: string): readonly string[] {
  return diagnostics(text).map(({ at, code }) => `${at.line}:${at.column} ${code}`);
}

export function diagnostics(text: string): readonly Diagnostic[] {
  const playbook = parsePlaybook({ file: 'book.yml', text }, catalogue);
  return playbook.ok ? [] : playbook.error;
}

export function onlyTask(text: string): CheckedTask {
  const [task] = accepted(text).plays[0]?.tasks ?? [];
  if (task === undefined) throw new Error('no task');
  return task;
}

/** Lines of a playbook around the lines of one task; the task's first line is line 8. */
export function bookWith(task: string, vars = 'dir: /srv/book'): string {
  const indented = (text: string, by: number) => text.replaceAll('\n', `\n${' '.repeat(by)}`);
  return [
    'name: A book',
    `vars: {${vars}}`,
    'plays:',
    '  - name: One',
    '    hosts: etcd',
    '    become: true',
    '    tasks:',
    `      ${indented(task, 6)}`,
    '',
  ].join('\n');
}

/** A task that says what an expression gives. */
export function saying(message: string): string {
  return `- debug: {message: '${message}'}`;
}

function shown({ at, code, message }: Diagnostic): string {
  return `${at.line}:${at.column} ${code}: ${message}`;
}
