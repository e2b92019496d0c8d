import type { Diagnostic } from '../core/diagnostic.js';
import { addHost, type GroupTree, groupIn, UNGROUPED } from './group-tree.js';
import { readHostPattern } from './host-pattern.js';
import type { InventoryText } from './source.js';

/** `cp1,cp2:2222,` on the command line: hosts of no group. A range is no name here, as in Ansible. */
export function readHostList(
  { file, text }: InventoryText,
  tree: GroupTree,
): readonly Diagnostic[] {
  const at = { file, line: 1, column: 1 };
  const group = groupIn(tree, UNGROUPED, at);
  const problems: Diagnostic[] = [];
  const written = text.split(',').map((word) => word.trim());
  for (const word of written.filter((one) => one !== '')) {
    const pattern = readHostPattern(word);
    const [name, ...more] = pattern.ok ? pattern.value.names : [];
    if (!pattern.ok) problems.push(problem(pattern.error, at));
    else if (name === undefined || more.length > 0) {
      problems.push(problem(`${word}: a list of hosts has no ranges`, at));
    } else if (!tree.hosts.has(name)) addHost(tree, group, name, pattern.value.port, at);
  }
  return problems;
}

function problem(message: string, at: Diagnostic['at']): Diagnostic {
  const help = 'name each host: -i cp1,cp2,cp3';
  return { severity: 'error', code: 'host-name', message, help, at };
}
