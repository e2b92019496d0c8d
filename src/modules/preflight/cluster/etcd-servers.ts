import type { Finding } from '../../../core/finding.js';
import type { FencedHost } from '../../etcd/fenced.js';
import { type BackupRecord, recordedHost } from '../../etcd/record.js';
import { hostIn, isLoopback, sameAddress } from '../address.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/** Do the API servers use the etcd that is restored? By the addresses and names that their manifests give. */
export function checkEtcdServers(
  reports: readonly HostReport[],
  record: BackupRecord | null,
  fenced: readonly FencedHost[],
): readonly Finding[] {
  const members = reports.filter(({ is_member }) => is_member);
  const leftOut = fenced.flatMap(({ name, address }) => [
    name,
    address,
    ...(recordedHost(record, name, address)?.peer_urls ?? []).map(hostIn),
  ]);
  const here = members.flatMap(({ host, address, client_urls, peer_urls }) => [
    host,
    address,
    ...[...client_urls, ...peer_urls].map(hostIn),
  ]);
  const known = [...here, ...leftOut];
  return reports.flatMap(({ host, is_member, etcd_servers }): Finding[] => {
    const elsewhere = etcd_servers.filter((url) => {
      const name = hostIn(url);
      const isOwn = is_member && (name === 'localhost' || isLoopback(name));
      return !isOwn && !known.some((one) => sameAddress(one, name));
    });
    if (elsewhere.length === 0) return [];
    const message = `the API server uses ${elsewhere.join(', ')}, and no member in the inventory is called so`;
    const evidence = `members: ${[...new Set(known)].join(' ')}`;
    return [found('etcd-servers-elsewhere', host, message, evidence)];
  });
}
