import type { Finding } from '../../../core/finding.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/** Members that were each restored with a list of their own run side by side, each of them healthy. */
export function checkOneCluster(reports: readonly HostReport[]): readonly Finding[] {
  const answering = reports.filter(({ past }) => past.cluster_id !== '');
  const clusters = new Set(answering.map(({ past }) => past.cluster_id));
  if (clusters.size < 2) return [];
  const message = `these hosts run ${clusters.size} etcd clusters and not one`;
  const evidence = answering.map(({ host, past, live_members }) => {
    const members = (live_members ?? []).map(({ id, name }) => name || id).join(', ');
    return `${host}: cluster ${past.cluster_id} with ${members || 'members that are not known'}`;
  });
  return [found('clusters-differ', null, message, evidence.join('\n'))];
}
