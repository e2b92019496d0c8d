import type { Diagnostic } from '../core/diagnostic.js';
import { err, type Result } from '../core/result.js';
import { type InventoryWithTree, parseInventoryTree } from '../inventory/index.js';
import type { Edges } from './edges.js';
import { readInventories } from './inventory-sources.js';
import { inventoryTexts } from './sources.js';
import { atFile } from './unreadable.js';

/** An inventory alone, seen from a folder of playbooks, and its texts by name for showing mistakes. */
export function readInventoryWithTree(
  named: readonly string[],
  playbookFolder: string,
  edges: Edges,
): {
  readonly read: Result<InventoryWithTree, readonly Diagnostic[]>;
  readonly texts: ReadonlyMap<string, string>;
} {
  if (named.length === 0) return { read: err([noInventory()]), texts: new Map() };
  const inputs = readInventories(named, playbookFolder, edges);
  if (!inputs.ok) return { read: inputs, texts: new Map() };
  const { inventories, folders } = inputs.value;
  const texts = inventoryTexts(inventories, folders);
  return {
    read: parseInventoryTree(inventories, folders),
    texts: new Map(texts.map(({ file, text }) => [file, text])),
  };
}

function noInventory(): Diagnostic {
  return {
    severity: 'error',
    code: 'no-inventory',
    message: 'no inventory was given',
    help: 'name one: -i inventories/example.yml',
    at: atFile('command line'),
  };
}
