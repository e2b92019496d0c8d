import Type, { type Static } from 'typebox';
import type { EtcdAccess } from '../../core/question.js';
import { KnownBy } from './known-by.js';
import { Layout } from './layout.js';
import { MemberDisks } from './member-disks.js';

/** What is known of one member before anything is touched: the result of `etcd_facts`. */
export const MemberFacts = Type.Object({
  host: Type.String({ description: 'The host in the inventory.' }),
  name: Type.String({ description: 'etcd’s --name.' }),
  peer_urls: Type.Array(Type.String()),
  former_peer_urls: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Of a host with a new address: what etcd may still list.',
    }),
  ),
  new_address: Type.Optional(
    Type.String({ description: 'Where it has one: its manifest names another.' }),
  ),
  client_urls: Type.Array(Type.String()),
  endpoint: Type.String({ description: 'The member’s own client URL, as its host reaches it.' }),
  ca_file: Type.String(),
  cert_file: Type.String(),
  key_file: Type.String(),
  etcdctl: Type.String({ description: 'Absolute path of etcdctl on the host.' }),
  restore_tool: Type.String({ description: 'etcdutl where there is one, else etcdctl.' }),
  tool_version: Type.String(),
  data_dir: Type.String({ description: 'The data directory as the host has it, links resolved.' }),
  layout: Layout,
  disks: Type.Optional(MemberDisks),
  data_dir_exists: Type.Boolean(),
  uid: Type.Integer(),
  gid: Type.Integer(),
  mode: Type.Integer(),
  ports: Type.Array(Type.Integer()),
  image: Type.String(),
  known_by: Type.Optional(KnownBy),
  running: Type.Boolean({ description: 'Its process runs on the host.' }),
  manifest_source: Type.String({ description: 'manifests, parked, record or unit' }),
  manifest_path: Type.String(),
  unit: Type.Optional(
    Type.String({ description: 'The unit of systemd that runs it; empty: a kubelet does.' }),
  ),
  unit_files: Type.Optional(
    Type.Array(Type.String(), { description: 'The unit, its drop-ins, its environment files.' }),
  ),
});

export type MemberFacts = Static<typeof MemberFacts>;

export function accessOf(member: MemberFacts, endpoint = member.endpoint): EtcdAccess {
  return {
    etcdctl: member.etcdctl,
    endpoint,
    caFile: member.ca_file,
    certFile: member.cert_file,
    keyFile: member.key_file,
  };
}

/** `cp1=https://10.0.0.1:2380,…`: sorted, so that it is the same text on every host. */
export function initialCluster(members: readonly MemberFacts[]): string {
  return members
    .flatMap((member) => member.peer_urls.map((url) => `${member.name}=${url}`))
    .sort()
    .join(',');
}
