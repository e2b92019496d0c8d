import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import { NO_FOLDERS } from '../inventory/index.js';
import type { Sources } from './sources.js';

/** Where the cluster's name is missing, the very file to put it in is known here. */
export function withClusterPlace(
  problem: Diagnostic,
  inventory: Inventory,
  sources: Sources,
): Diagnostic {
  const isNowhere = inventory.hosts.every(({ vars }) => !vars.has('runback_cluster'));
  if (problem.code !== 'no-cluster' || !isNowhere) return problem;
  return { ...problem, help: `${placeFor(sources)} (letters, digits, . _ and - only)` };
}

function placeFor({ inventories, folders = NO_FOLDERS }: Sources): string {
  const line = '`runback_cluster: NAME`';
  for (const { groups } of folders.inventory) {
    const entry = groups.find(({ name }) => /^all(?:\.ya?ml)?$/.test(name));
    if (entry === undefined) continue;
    if (!('entries' in entry)) return `write ${line} into ${entry.file}`;
    const [first] = entry.entries.flatMap((one) => ('file' in one ? [one.file] : []));
    if (first === undefined) continue;
    return `write ${line} into a file of its own: ${first.replace(/[^/]*$/, 'runback.yml')}`;
  }
  const [file] = inventories.filter(({ kind }) => kind === undefined).map((one) => one.file);
  if (file === undefined)
    return `write ${line} into group_vars/all.yml, and give that folder with -i`;
  if (/\.(?:ya?ml|json)$/.test(file)) return `write ${line} below \`all:\` \`vars:\` in ${file}`;
  return `write \`runback_cluster=NAME\` below [all:vars] in ${file}`;
}
