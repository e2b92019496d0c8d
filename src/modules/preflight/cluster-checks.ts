import type { Finding } from '../../core/finding.js';
import type { FencedHost } from '../etcd/fenced.js';
import type { BackupRecord } from '../etcd/record.js';
import { checkClients } from './cluster/clients.js';
import { checkClocks } from './cluster/clocks.js';
import { checkEtcdServers } from './cluster/etcd-servers.js';
import { checkFingerprints } from './cluster/fingerprints.js';
import { checkImages } from './cluster/images.js';
import { checkMembership } from './cluster/membership.js';
import { checkOneCluster } from './cluster/one-cluster.js';
import type { HostReport } from './report.js';

/** What only shows when all hosts are looked at together. */
export function checkCluster(
  reports: readonly HostReport[],
  record: BackupRecord | null,
  fenced: readonly FencedHost[] = [],
): readonly Finding[] {
  return [
    ...checkMembership(reports, record, fenced),
    ...checkOneCluster(reports),
    ...checkImages(reports),
    ...checkFingerprints(reports, record),
    ...checkClocks(reports),
    ...checkClients(reports),
    ...checkEtcdServers(reports, record, fenced),
  ];
}
