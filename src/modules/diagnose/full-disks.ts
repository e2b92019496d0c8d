import type { Finding } from '../../core/finding.js';
import { isWithin } from '../../core/host-path.js';
import { sign } from './sign.js';

const USED = [
  '/',
  '/etc/kubernetes',
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/var/log',
  '/tmp',
];

/** File systems without a byte or an inode left, of those that the control plane writes to. */
export function fullDisks(host: string, disks: string, dataDir: string | null): readonly Finding[] {
  const rows = disks.split('\n').flatMap((line) => {
    // `df -P`: file system, size, used, available, share, mount point; blocks first, then inodes.
    const found = /^(\S+) +(\d+) +(\d+) +(\d+) +\d+% +(\/.*)$/.exec(line);
    const [, device = '', size = '', , left = '', at = ''] = found ?? [];
    return found === null || Number(size) === 0 ? [] : [{ device, at, left: Number(left), line }];
  });
  const holderOf = (path: string) =>
    rows
      .filter(({ at }) => isWithin(path, at))
      .reduce((a, { at }) => (at.length > a.length ? at : a), '');
  const used = new Set([...USED, ...(dataDir === null ? [] : [dataDir])].map(holderOf));
  return rows
    .filter(({ at, left }) => left === 0 && used.has(at))
    .map(({ at, device, line }) => sign('disk-full', host, `${at} (${device}) is full`, line));
}
