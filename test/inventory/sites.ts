import { resolve } from 'node:path';

/** An inventory as a site has it, and how it is named on a command line that is typed in its folder. */
export interface Site {
  readonly name: string;
  readonly inventories: readonly string[];
  /** The folder of a playbook, with group_vars/ and host_vars/ of its own. */
  readonly playbooks?: string;
}

export const SITES: readonly Site[] = [
  { name: 'yaml', inventories: ['hosts.yml'] },
  { name: 'ini', inventories: ['hosts.ini'] },
  { name: 'literals', inventories: ['hosts.ini'] },
  { name: 'scalars', inventories: ['hosts.yml'] },
  { name: 'json', inventories: ['hosts.json'] },
  { name: 'no-extension', inventories: ['yaml', 'ini', 'words'] },
  { name: 'directory', inventories: ['.'] },
  { name: 'beside', inventories: ['prod.yml'] },
  { name: 'beside', inventories: ['prod.yml'], playbooks: 'playbooks' },
  { name: 'program', inventories: ['inventory.sh'] },
  { name: 'program-by-host', inventories: ['inventory.sh'] },
  { name: 'several', inventories: ['first.yml', 'second', 'h1,h2:2222,cp1,'] },
  { name: 'several', inventories: ['first.yml', 'second', 'first.yml'] },
  { name: 'several', inventories: ['h1,h2'] },
  { name: 'priorities', inventories: ['hosts.yml'] },
  { name: 'deep', inventories: ['hosts.ini'] },
  { name: 'ungrouped', inventories: ['hosts.yml'] },
  { name: 'tags', inventories: ['hosts.yml'] },
  { name: 'addresses', inventories: ['hosts.yml'] },
  { name: 'same-name', inventories: ['hosts.ini'] },
  { name: 'kubespray', inventories: ['inventory.ini'] },
];

/** Absolute paths: Ansible also takes variables from beside where it is typed. */
export function pathIn(site: Site, name: string): string {
  return resolve('test/inventory/sites', site.name, name);
}

/** `-i a -i b`, as both programs take it. */
export function inventoryWords(site: Site): readonly string[] {
  const paths = site.inventories.map((one) => (one.includes(',') ? one : pathIn(site, one)));
  return paths.flatMap((one) => ['-i', one]);
}

export function titleOf(site: Site): string {
  const beside = site.playbooks === undefined ? '' : ` beside ${site.playbooks}/`;
  return `${site.name}: -i ${site.inventories.join(' -i ')}${beside}`;
}
