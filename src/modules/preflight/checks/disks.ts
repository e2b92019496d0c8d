import type { Finding } from '../../../core/finding.js';
import { movedSince } from '../../etcd/member-disks.js';
import { recordedHost } from '../../etcd/record.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** A disk that is not mounted looks like a plain directory: only the record knows that there was one. */
export function checkDisks({ host, address, record, disks }: Facts): readonly Finding[] {
  const then = recordedHost(record, host, address)?.disks;
  if (then === undefined || disks === null) return [];
  const moved = movedSince(then, disks);
  if (moved.length === 0) return [];
  const message = 'data or WAL do not lie where they lay when the backup was taken';
  const link = then.wal_link === '' ? [] : [`member/wal was a link to ${then.wal_link}`];
  return [found('layout-differs', host, message, [...moved, ...link].join('\n'))];
}
