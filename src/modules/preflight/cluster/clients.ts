import type { Finding } from '../../../core/finding.js';
import { isLoopback, sameAddress } from '../address.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/** etcd's gateway is a client of its own member, and our questions go through etcdctl. */
const EXPECTED = ['kube-apiserver', 'etcd', 'etcdctl'];
/** The kernel keeps 15 characters of a process's name. */
const nameLengthMax = 15;

/** Who is connected to a member besides the API servers: what it writes now will be lost. */
export function checkClients(reports: readonly HostReport[]): readonly Finding[] {
  // Beside its member an API server is known with it; apart from it, one may have been forgotten.
  const isExternal = reports.some((one) => one.is_control_plane && !one.is_member);
  return reports
    .filter(({ is_member }) => is_member)
    .flatMap((report) => {
      const clients = report.connections
        .filter(({ local_port }) => local_port === report.client_port)
        .map((one) => ({ ...one, homes: homesOf(one.remote_address, report, reports) }));
      const known = clients.flatMap((one) =>
        namesOf(one.remote_address, one.remote_port, one.homes),
      );
      const unknown = clients
        .filter(({ homes }) => homes.length === 0)
        .map(({ remote_address }) => `a process on ${remote_address}`);
      return isExternal
        ? [...told('other-clients', report, known), ...told('unknown-client', report, unknown)]
        : told('other-clients', report, [...known, ...unknown]);
    });
}

function told(
  code: 'other-clients' | 'unknown-client',
  { host }: HostReport,
  clients: readonly string[],
): readonly Finding[] {
  const names = [...new Set(clients)].sort();
  if (names.length === 0) return [];
  const who = names.length === 1 ? 'somebody' : `${names.length} clients`;
  return [found(code, host, `${who} besides the API servers: ${names.join(', ')}`)];
}

/** The hosts that an address may be of; none: a host that nobody named. */
function homesOf(
  address: string,
  report: HostReport,
  reports: readonly HostReport[],
): readonly HostReport[] {
  const isLocal = isLoopback(address) || isOf(address, report);
  return isLocal ? [report] : reports.filter((one) => isOf(address, one));
}

/** None for those that are expected, and for what was gone again when its host was looked at. */
function namesOf(address: string, port: number, homes: readonly HostReport[]): readonly string[] {
  return homes
    .flatMap(({ host, connections }) =>
      connections.flatMap(({ local_address, local_port, process }) =>
        local_port === port && sameAddress(local_address, address) && process !== null
          ? [{ host, process }]
          : [],
      ),
    )
    .filter(({ process }) => !EXPECTED.some((one) => one.slice(0, nameLengthMax) === process))
    .map(({ host, process }) => `${process} on ${host}`);
}

function isOf(address: string, { address: own, peer_urls }: HostReport): boolean {
  return (
    sameAddress(address, own) ||
    peer_urls.some((url) => url.includes(`//${address}:`) || url.includes(`//[${address}]:`))
  );
}
