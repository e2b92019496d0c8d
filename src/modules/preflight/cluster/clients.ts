import type { Finding } from '../../../core/finding.js';
import { sameAddress } from '../address.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/** etcd's gateway is a client of its own member, and our questions go through etcdctl. */
const EXPECTED = ['kube-apiserver', 'etcd', 'etcdctl'];
/** The kernel keeps 15 characters of a process's name. */
const nameLengthMax = 15;

/** Who is connected to a member besides the API servers: what it writes now will be lost. */
export function checkClients(reports: readonly HostReport[]): readonly Finding[] {
  return reports.flatMap((report) => {
    const strangers = report.connections
      .filter(({ local_port }) => local_port === report.client_port)
      .flatMap((one) => nameOf(one.remote_address, one.remote_port, report, reports));
    const names = [...new Set(strangers)].sort();
    if (names.length === 0) return [];
    const message = `${names.length === 1 ? 'somebody' : `${names.length} clients`} besides the API servers: ${names.join(', ')}`;
    return [found('other-clients', report.host, message)];
  });
}

/** None for those that are expected, and for what was gone again when its host was looked at. */
function nameOf(
  address: string,
  port: number,
  report: HostReport,
  reports: readonly HostReport[],
): readonly string[] {
  const isLocal = isLoopback(address) || isOf(address, report);
  const homes = isLocal ? [report] : reports.filter((one) => isOf(address, one));
  if (homes.length === 0) return [`a process on ${address}`];
  const ends = homes.flatMap(({ host, connections }) =>
    connections.flatMap(({ local_address, local_port, process }) =>
      local_port === port && sameAddress(local_address, address) && process !== null
        ? [{ host, process }]
        : [],
    ),
  );
  return ends
    .filter(({ process }) => !EXPECTED.some((one) => one.slice(0, nameLengthMax) === process))
    .map(({ host, process }) => `${process} on ${host}`);
}

function isOf(address: string, { address: own, peer_urls }: HostReport): boolean {
  return (
    sameAddress(address, own) ||
    peer_urls.some((url) => url.includes(`//${address}:`) || url.includes(`//[${address}]:`))
  );
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || sameAddress(address, '::1');
}
