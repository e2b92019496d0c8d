import type { Finding } from '../../../core/finding.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/**
 * What a restore by hand may have done to a cluster that looks healthy. It matters to whoever trusts the
 * cluster; to whoever is about to replace its data it does not.
 */
export function checkHistory(
  reports: readonly HostReport[],
  headStartMs: number,
): readonly Finding[] {
  return [
    ...withoutFlags(reports),
    ...strays(reports),
    ...outlived(reports, headStartMs / 1_000),
    ...withoutNodes(reports),
    ...mixed(reports),
  ];
}

/** The id of every member that was restored without flags: of http://localhost:2380 and no token. */
const ID_WITHOUT_FLAGS = '8e9e05c52164694d';

function withoutFlags(reports: readonly HostReport[]): readonly Finding[] {
  return reports
    .filter(({ live_members }) => live_members?.some(({ id }) => id === ID_WITHOUT_FLAGS) ?? false)
    .map(({ host, live_members }) => {
      const urls = (live_members ?? []).flatMap(({ peer_urls }) => peer_urls).join(' ');
      const message = 'this member was restored without --initial-cluster and peer URLs';
      return found('restored-without-flags', host, message, `member ${ID_WITHOUT_FLAGS}: ${urls}`);
    });
}

function strays(reports: readonly HostReport[]): readonly Finding[] {
  return reports.flatMap(({ host, past: { data_dir, nested, strays } }) => {
    const others = strays.filter((name) => !nested.includes(name));
    const [inside, beside] = [
      `a data directory lies inside ${data_dir}`,
      `${data_dir} holds what etcd did not make`,
    ];
    return [
      ...(nested.length > 0 ? [found('restored-inside', host, inside, nested.join(' '))] : []),
      ...(others.length > 0 ? [found('data-dir-strays', host, beside, others.join(' '))] : []),
    ];
  });
}

/**
 * kube-apiserver gives up when it does not reach etcd for 20 seconds or so: one that was there so much
 * earlier than the first of all members' data has seen other data, and serves what it remembers.
 * The first: a member that joins later has younger data than anybody.
 */
function outlived(reports: readonly HostReport[], headStartS: number): readonly Finding[] {
  const born = reports.flatMap(({ past }) => past.data_born_s ?? []);
  if (born.length === 0) return [];
  const first = Math.min(...born);
  return reports.flatMap(({ host, past: { api_server_started_s: started } }) => {
    if (started === null || started + headStartS > first) return [];
    const message = 'the API server here is older than the data that etcd holds';
    const evidence = `it runs since ${timeOf(started)}; the oldest member’s data was made at ${timeOf(first)}`;
    return [found('api-server-outlived-restore', host, message, evidence)];
  });
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

/**
 * A leader has all that its followers have: one that has less won its election with a log of another
 * history, and what the followers hold cannot be joined to it. Only where nothing moves is it certain.
 */
function mixed(reports: readonly HostReport[]): readonly Finding[] {
  const stuck = reports.filter(({ past }) => past.cluster_id !== '' && !past.majority_answers);
  const leader = stuck.find(({ past }) => past.is_leader);
  if (leader === undefined) return [];
  const ahead = stuck.filter(
    ({ past }) =>
      past.cluster_id === leader.past.cluster_id && past.raft_index > leader.past.raft_index,
  );
  if (ahead.length === 0) return [];
  const message = `the leader on ${leader.host} has less than its followers, and nothing can be written`;
  const evidence = [leader, ...ahead].map(({ host, past }) => `${host}: index ${past.raft_index}`);
  return [found('histories-mixed', null, message, evidence.join('\n'))];
}

function withoutNodes(reports: readonly HostReport[]): readonly Finding[] {
  const asked = reports.filter(({ past }) => past.nodes !== null);
  const empty = asked.filter(({ past }) => past.nodes === 0);
  if (empty.length === 0) return [];
  const hosts = empty.map(({ host }) => host).join(', ');
  const message = 'etcd knows no node: this is a new cluster, and not the one that was here';
  return [found('no-nodes', null, message, `asked on ${hosts}`)];
}
