import type { Survey, Waited } from '../../core/question.js';
import type { Facts } from '../preflight/facts.js';
import type { MemberView } from './collected.js';

/** The answers of the last round trip, under the names that collect.ts gave them. */
export type Seen = { readonly survey: Survey; readonly wal?: readonly string[] | null } & {
  readonly [question: string]: unknown;
};

/** One member as everything that was seen of it says. */
export function viewOf(
  { etcd, etcdRuns, live }: Facts,
  seen: Seen,
  logged: { readonly cluster: string; readonly member: string },
  peers: readonly string[],
): MemberView {
  const flag = (name: string) => etcd?.manifest.flags.get(name) ?? '';
  const list = (name: string) => flag(name).split(',').filter(Boolean);
  const status = live?.status;
  return {
    manifest: etcd?.path ?? '',
    is_parked: etcd !== null && etcd.source !== 'manifests',
    name: etcd === null ? '' : flag('name') || 'default',
    peer_urls: list('initial-advertise-peer-urls'),
    initial_cluster: list('initial-cluster'),
    initial_state: flag('initial-cluster-state') || 'new',
    has_data: (seen.wal ?? []).some((name) => name.endsWith('.wal')),
    runs: etcdRuns,
    answers: live !== null,
    cluster_id: status?.clusterId ?? logged.cluster,
    member_id: status?.memberId ?? logged.member,
    has_leader: status !== undefined && status.leaderId !== '0',
    is_learner: status?.isLearner ?? false,
    peers: peers.map((url) => {
      const waited = seen[`peer ${url}`] as Waited;
      return { url, open: waited.reached, last_seen: waited.reached ? '' : waited.lastSeen };
    }),
  };
}
