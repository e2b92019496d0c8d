import type { Edges } from '../../src/cli/edges.js';
import { listFiles, lookAt, readText } from '../../src/cli/files.js';
import { runInventoryProgram } from '../../src/cli/inventory-program.js';
import { readInventories } from '../../src/cli/inventory-sources.js';
import { type InventoryWithTree, parseInventoryTree } from '../../src/inventory/index.js';
import { inventoryWords, pathIn, type Site } from './sites.js';

/** The real file system and real programs; nothing else of the process is asked. */
const edges = {
  directory: '/',
  clock: { nowMs: () => Date.now(), sleep: async () => undefined },
  readText,
  listFiles,
  lookAt,
  runProgram: runInventoryProgram,
} as unknown as Edges;

/** Reads a site as the command does, from the files to hosts and groups. */
export function readSite(site: Site): InventoryWithTree {
  const named = inventoryWords(site).filter((word) => word !== '-i');
  const playbooks = site.playbooks === undefined ? null : pathIn(site, site.playbooks);
  const inputs = readInventories(named, playbooks, edges);
  if (!inputs.ok) throw new Error(JSON.stringify(inputs.error, null, 1));
  const read = parseInventoryTree(inputs.value.inventories, inputs.value.folders);
  if (!read.ok) throw new Error(JSON.stringify(read.error, null, 1));
  return read.value;
}
