import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.js';
import type { LabShape } from './shape.js';

/** The key pair of whoever runs runback, one host key per host, and the known_hosts file that lists them. */
export async function makeKeys(lab: LabShape): Promise<void> {
  const folder = join(lab.dir, 'keys');
  mkdirSync(folder, { mode: 0o700 });
  const hostKey = (name: string) => join(folder, `${name}_ssh_host_ed25519_key`);
  await Promise.all([
    makeKey(join(lab.dir, 'id_ed25519'), `runback lab ${lab.options.name}`),
    ...lab.hosts.map(({ name }) => makeKey(hostKey(name), name)),
  ]);
  const lines = lab.hosts.map(({ name, address }) => {
    const [type, key] = readFileSync(`${hostKey(name)}.pub`, 'utf8').split(' ');
    return `${address} ${type} ${key}\n`;
  });
  writeFileSync(join(lab.dir, 'known_hosts'), lines.join(''));
}

async function makeKey(file: string, comment: string): Promise<void> {
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}
