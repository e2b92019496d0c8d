import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import { err, ok, type Result } from '../core/result.js';
import { readYaml } from '../core/yaml.js';
import { flatten } from './flatten.js';
import { findLoop, type GroupTree, makeTree } from './group-tree.js';
import { nearMisses } from './near-misses.js';
import { readGroups } from './read-groups.js';

/**
 * Ansible YAML inventories → hosts, groups and variables with Ansible's own precedence. Several sources
 * merge in their order. Gives every mistake of every source.
 */
export function parseInventory(
  sources: readonly { readonly file: string; readonly text: string }[],
): Result<Inventory, readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const tree: GroupTree = makeTree();
  for (const source of sources) {
    const refused = notYaml(source);
    if (refused !== null) {
      problems.push(refused);
      continue;
    }
    const document = readYaml(source, 'ansible');
    if (document.ok) problems.push(...readGroups(document.value, tree).found);
    else problems.push(...document.error);
  }
  const loop = findLoop(tree);
  if (loop !== null) problems.push(loop);
  if (problems.some((one) => one.severity === 'error')) return err(problems);
  const inventory = flatten(tree);
  return ok({ ...inventory, notes: [...problems, ...nearMisses(inventory)] });
}

/** INI inventories begin with `[group]`: say so instead of printing a YAML error about brackets. */
function notYaml(source: { readonly file: string; readonly text: string }): Diagnostic | null {
  const [first] = source.text.split('\n').filter((line) => !/^\s*([#;].*)?$/.test(line));
  if (first === undefined || !/^\[[^\]]+\]\s*$/.test(first)) return null;
  return {
    severity: 'error',
    code: 'ini-inventory',
    message: 'this is an INI inventory, and this version reads YAML inventories only',
    help: 'convert it: ansible-inventory -i FILE --list --yaml > inventory.yml',
    at: { file: source.file, line: 1, column: 1 },
  };
}
