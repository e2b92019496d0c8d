import type { HostName } from '../core/names.js';
import type { BatchSize } from '../playbook/checked.js';

/**
 * Hosts in the batches of `serial`, as Ansible makes them: one size after the other, the last one again and
 * again; a share is of all hosts, rounded down, and never less than one host.
 */
export function batchesOf(
  hosts: readonly HostName[],
  serial: readonly BatchSize[],
): readonly (readonly HostName[])[] {
  const batches: (readonly HostName[])[] = [];
  for (let start = 0; start < hosts.length; ) {
    const size = serial[batches.length] ?? serial.at(-1);
    const count = size === undefined ? hosts.length : countOf(size, hosts.length);
    batches.push(hosts.slice(start, start + count));
    start += count;
  }
  return batches;
}

function countOf(size: BatchSize, hostsMax: number): number {
  if (size.kind === 'hosts') return size.count;
  return Math.max(1, Math.floor((size.percent / 100) * hostsMax));
}
