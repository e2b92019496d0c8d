import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import { err, ok, type Result } from '../core/result.js';
import { flatten } from './flatten.js';
import { findMisplaced, type GroupTree, makeTree } from './group-tree.js';
import { readKept } from './kept.js';
import { nearMisses } from './near-misses.js';
import { readFile } from './read-file.js';
import { readHostList } from './read-host-list.js';
import { readProgram } from './read-program.js';
import { sameNames } from './same-names.js';
import { type InventoryText, NO_FOLDERS, type VarsFolders } from './source.js';
import { makeVarsReader } from './vars-files.js';

export { keepInventory } from './kept.js';
export { graphOf, listingOf, variablesOf } from './listing.js';
export { hostFile, hostsToAsk } from './read-program.js';
export type { InventoryText, VarsEntry, VarsFolder, VarsFolders } from './source.js';
export { NO_FOLDERS } from './source.js';
export { usableHost } from './usable-vars.js';

/** An inventory with what only its listing needs: which group stands below which. */
export interface InventoryWithTree {
  readonly inventory: Inventory;
  readonly tree: GroupTree;
}

/**
 * Ansible's inventories → hosts, groups and variables with Ansible's own precedence. Several texts merge
 * in their order. Gives every mistake of every text.
 */
export function parseInventory(
  texts: readonly InventoryText[],
  folders: VarsFolders = NO_FOLDERS,
): Result<Inventory, readonly Diagnostic[]> {
  const [kept] = texts.filter((one) => one.kind === 'kept');
  if (kept !== undefined) return ok(readKept(kept));
  const read = parseInventoryTree(texts, folders);
  return read.ok ? ok(read.value.inventory) : read;
}

export function parseInventoryTree(
  texts: readonly InventoryText[],
  folders: VarsFolders,
): Result<InventoryWithTree, readonly Diagnostic[]> {
  const tree = makeTree();
  const problems = texts.flatMap((one) => readText(one, tree));
  const loop = findMisplaced(tree);
  if (loop !== null) return err([...problems, loop]);
  const files = makeVarsReader(folders);
  const flat = flatten(tree, files);
  problems.push(...files.found);
  if (problems.some((one) => one.severity === 'error')) return err(problems);
  const notes = [...problems, ...sameNames(tree), ...nearMisses(flat)];
  return ok({ inventory: { ...flat, notes }, tree });
}

function readText(text: InventoryText, tree: GroupTree): readonly Diagnostic[] {
  switch (text.kind) {
    case 'program':
      return readProgram(text, tree);
    case 'host-list':
      return readHostList(text, tree);
    default:
      return readFile(text, tree);
  }
}
