import type { Diagnostic } from '../core/diagnostic.js';
import type { HostName } from '../core/names.js';
import type { GroupTree } from './group-tree.js';

/** Ansible gives the variables of such a host to the whole group: an address, for example. */
export function sameNames(tree: GroupTree): readonly Diagnostic[] {
  return [...tree.groups.values()]
    .filter((group) => tree.hosts.has(group.name as HostName))
    .map(({ name, at }) => ({
      severity: 'warning',
      code: 'same-name',
      message: `${name} is a group and a host: variables written at the host count for the whole group`,
      help: 'give one of them another name',
      at,
    }));
}
