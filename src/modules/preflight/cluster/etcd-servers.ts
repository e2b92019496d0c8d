import type { Finding } from '../../../core/finding.js';
import { withAddress } from '../../etcd/edit-manifest.js';
import type { FencedHost } from '../../etcd/fenced.js';
import type { Moved } from '../../etcd/readdress.js';
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
  const moves = members.flatMap(movesOf);
  return reports.flatMap(({ host, is_member, etcd_servers }): Finding[] => {
    const elsewhere = etcd_servers.filter((url) => {
      const name = hostIn(url);
      const isOwn = is_member && (name === 'localhost' || isLoopback(name));
      return !isOwn && !known.some((one) => sameAddress(one, name));
    });
    const corrected = elsewhere.map((url) => correctedBy(moves, url));
    if (elsewhere.length > 0 && corrected.every((url) => url !== null)) {
      const told = etcd_servers.map((url) => correctedBy(moves, url) ?? url).join(',');
      const message = `the API server uses ${elsewhere.join(', ')}, where a member was that has a new address`;
      return [found('apiserver-etcd-moved', host, message, `write: --etcd-servers=${told}`)];
    }
    if (elsewhere.length === 0) return [];
    const message = `the API server uses ${elsewhere.join(', ')}, and no member in the inventory is called so`;
    const evidence = `members: ${[...new Set(known)].join(' ')}`;
    return [found('etcd-servers-elsewhere', host, message, evidence)];
  });
}

/** From where to where a member has moved: the same URL before and behind. */
function movesOf({ peer_urls, former_peer_urls = [] }: HostReport): readonly Moved[] {
  return former_peer_urls.flatMap((url, at) => {
    const [was, is] = [hostIn(url), hostIn(peer_urls[at] ?? url)];
    return sameAddress(was, is) ? [] : [{ was, is }];
  });
}

function correctedBy(moves: readonly Moved[], url: string): string | null {
  const move = moves.find(({ was }) => sameAddress(was, hostIn(url)));
  return move === undefined ? null : withAddress(url, hostIn(url), move.is);
}
