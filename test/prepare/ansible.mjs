import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from './debian.mjs';

const PYTHON = '/usr/bin/python3';

/** ansible-core and all that it imports to read an inventory; encrypted values need not be opened. */
const PACKAGES = [
  'ansible-core',
  'python3-jinja2',
  'python3-markupsafe',
  'python3-packaging',
  'python3-resolvelib',
  'python3-yaml',
];

/**
 * Ansible 2.14 of bookworm, the oracle of the inventory's tests, unpacked into the cache and run with the
 * machine's own Python: { python, path }, where `path` is for PYTHONPATH. Throws where it cannot run.
 */
export async function ansible() {
  if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing: apt-get install python3`);
  const folder = await unpacked('ansible-2.14', 'bookworm', PACKAGES, []);
  const path = join(folder, 'usr/lib/python3/dist-packages');
  const tried = spawnSync(PYTHON, ['-c', 'import ansible.cli.inventory'], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', PYTHONPATH: path, LANG: 'C.UTF-8' },
  });
  if (tried.status !== 0) throw new Error(`ansible does not run here: ${tried.stderr.trim()}`);
  return { python: PYTHON, path };
}
