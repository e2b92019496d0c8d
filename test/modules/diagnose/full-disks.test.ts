import { expect, it } from 'vitest';
import { fullDisks } from '../../../src/modules/diagnose/full-disks.js';

const DF = `Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/sda1         41020640 41020640         0     100% /
tmpfs              8192000        0   8192000       0% /dev/shm
/dev/loop3           65536    65536         0     100% /snap/core/1
/dev/sdb1          1020640     1000   1019640       1% /var/lib/etcd disk
Filesystem       Inodes  IUsed    IFree IUse% Mounted on
/dev/sda1       2621440 100000  2521440       4% /
/dev/sdb1         65536  65536        0     100% /var/lib/etcd disk
`;

it('tells a disk without a byte, and one without an inode, of those that are used', () => {
  const told = fullDisks('cp1', DF, '/var/lib/etcd disk').map(({ code, message }) => [
    code,
    message,
  ]);
  expect(told).toEqual([
    ['disk-full', '/ (/dev/sda1) is full'],
    ['disk-full', '/var/lib/etcd disk (/dev/sdb1) is full'],
  ]);
});

it('tells nothing of other words', () => {
  expect(fullDisks('cp1', 'df: not found', null)).toEqual([]);
});
