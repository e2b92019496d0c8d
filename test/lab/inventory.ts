import { join } from 'node:path';
import { apiHostsOf, type HostShape, type LabShape, membersOf, workersOf } from './shape.js';

/** The lab as an inventory with Kubespray's groups. inventories/lab.yml is this for the lab `lab`. */
export function inventoryOf(lab: LabShape): string {
  const indent = (lines: readonly string[]) => lines.map((line) => `        ${line}`);
  const names = (hosts: readonly HostShape[]) => indent(hosts.map(({ name }) => `${name}:`));
  const workers = workersOf(lab);
  return `${[
    `# Written by \`npm run lab -- up${lab.options.name === 'lab' ? '' : ` --name ${lab.options.name}`}\`: a cluster on this machine, made to be broken.`,
    'all:',
    '  vars:',
    '    ansible_user: root',
    `    ansible_ssh_private_key_file: ${join(lab.dir, 'id_ed25519')}`,
    `    ansible_ssh_common_args: -o UserKnownHostsFile=${join(lab.dir, 'known_hosts')}`,
    `    runback_cluster: ${lab.options.name}`,
    '    runback_disposable: true',
    '  hosts:',
    ...lab.hosts.flatMap(({ name, address }) => [
      `    ${name}:`,
      `      ansible_host: ${address.includes(':') ? `'${address}'` : address}`,
    ]),
    '  children:',
    '    kube_control_plane:',
    '      hosts:',
    ...names(apiHostsOf(lab)),
    '    etcd:',
    '      hosts:',
    ...names(membersOf(lab)),
    ...(workers.length === 0 ? [] : ['    kube_node:', '      hosts:', ...names(workers)]),
  ].join('\n')}\n`;
}
