import { portOf } from '../etcd/manifest.js';
import { formerUrls } from '../etcd/readdress.js';
import { endpointOf } from './endpoint.js';
import type { Facts } from './facts.js';
import { fingerprintsOf } from './fingerprints.js';
import { checkHost } from './host-checks.js';
import type { HostReport } from './report.js';
import { imageVersion } from './version.js';

const connectionsMax = 500;

/** The facts of one host, judged, and what of them the others must agree with. */
export function reportOf(facts: Facts): HostReport {
  const { live, clock, sockets, past, isMember, isControlPlane } = facts;
  const etcd = isMember ? facts.etcd : null;
  const flags = etcd?.manifest.flags;
  const urls = (flag: string) => (flags?.get(flag) ?? '').split(',').filter(Boolean);
  const servers = facts.apiserver?.manifest.flags.get('etcd-servers') ?? '';
  const clientPort = portOf(endpointOf(facts)) ?? 2_379;
  const image = etcd?.manifest.image ?? '';
  const peerUrls = urls('initial-advertise-peer-urls');
  return {
    host: facts.host,
    address: facts.address,
    is_member: isMember,
    is_control_plane: isControlPlane,
    member: etcd === null ? '' : (flags?.get('name') ?? 'default'),
    peer_urls: peerUrls,
    ...(facts.moved === null ? {} : { former_peer_urls: [...formerUrls(peerUrls, facts.moved)] }),
    told_members: urls('initial-cluster').map((pair) => {
      const cut = pair.indexOf('=');
      return { name: pair.slice(0, cut), peer_url: pair.slice(cut + 1) };
    }),
    client_urls: urls('advertise-client-urls'),
    etcd_servers: isControlPlane ? servers.split(',').filter(Boolean) : [],
    image,
    image_version: imageVersion(image),
    client_port: clientPort,
    live_members:
      live?.members.members.map(({ id, name, peerUrls, isLearner }) => ({
        id,
        name,
        peer_urls: [...peerUrls],
        is_learner: isLearner,
      })) ?? null,
    past: {
      cluster_id: past.status?.clusterId ?? '',
      is_leader: past.status !== null && past.status.leaderId === past.status.memberId,
      raft_index: past.status?.raftIndex ?? 0,
      majority_answers: live !== null,
      nodes: past.nodes,
      data_born_s: past.dataBornS,
      api_server_started_s: past.apiServerStartedS,
      data_dir: facts.dataDir ?? '',
      nested: [...past.nested],
      strays: [...past.strays],
    },
    connections: sockets
      .filter(
        ({ state, localPort, remotePort }) =>
          state === 'connected' && (localPort === clientPort || remotePort === clientPort),
      )
      .slice(0, connectionsMax)
      .map((one) => ({
        local_address: one.localAddress,
        local_port: one.localPort,
        remote_address: one.remoteAddress,
        remote_port: one.remotePort,
        process: one.process,
      })),
    clock: {
      ahead_ms_min: clock.atMs - clock.answeredAtMs,
      ahead_ms_max: clock.atMs + clock.resolutionMs - clock.askedAtMs,
    },
    fingerprints: fingerprintsOf(facts),
    found: [...checkHost(facts)],
  };
}
