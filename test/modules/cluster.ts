import { sha256 } from '../../src/core/hash.js';
import type { EtcdMembers, EtcdStatus } from '../../src/core/question.js';
import { clusterId, memberId } from '../../src/modules/etcd/identity.js';
import type { Layout } from '../../src/modules/etcd/layout.js';
import type { MemberFacts } from '../../src/modules/etcd/member.js';
import type { BackupRecord } from '../../src/modules/etcd/record.js';

/** Three hosts as kubeadm makes them. Addresses are those of documentation (RFC 5737). */
export const HOSTS = ['cp1', 'cp2', 'cp3'] as const;
export type Name = (typeof HOSTS)[number];
export const TOKEN = '20261124T121722Z-9f86d081884c7d65';

export const addressOf = (name: Name) => `192.0.2.1${name.slice(2)}`;
export const peerUrlOf = (name: Name) => `https://${addressOf(name)}:2380`;

export function manifestOf(name: Name, more: readonly string[] = []): string {
  const address = addressOf(name);
  const flags = [
    `--advertise-client-urls=https://${address}:2379`,
    '--cert-file=/etc/kubernetes/pki/etcd/server.crt',
    '--data-dir=/var/lib/etcd',
    `--initial-advertise-peer-urls=${peerUrlOf(name)}`,
    '--key-file=/etc/kubernetes/pki/etcd/server.key',
    `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
    '--listen-metrics-urls=http://127.0.0.1:2381',
    `--listen-peer-urls=https://${address}:2380`,
    `--name=${name}`,
    '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt',
    ...more,
  ];
  return `apiVersion: v1
kind: Pod
metadata: { name: etcd, namespace: kube-system }
spec:
  hostNetwork: true
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:3.5.16-0
      command:
        - etcd
${flags.map((flag) => `        - ${flag}`).join('\n')}
      volumeMounts:
        - { mountPath: /var/lib/etcd, name: etcd-data }
        - { mountPath: /etc/kubernetes/pki/etcd, name: etcd-certs }
  volumes:
    - { name: etcd-data, hostPath: { path: /var/lib/etcd, type: DirectoryOrCreate } }
    - { name: etcd-certs, hostPath: { path: /etc/kubernetes/pki/etcd, type: DirectoryOrCreate } }
`;
}

/** A data directory as kubeadm makes it: on the mount of the directory that prepares, and without links. */
export const LAYOUT: Layout = {
  moved: '/var/lib/etcd',
  staging_dir: '/var/lib/runback/work',
  wal_dir: '',
  wal_is_mount: false,
  wal_staging_dir: '',
  wal_link: '',
};

export function memberOf(name: Name, more: Partial<MemberFacts> = {}): MemberFacts {
  return {
    host: name,
    name,
    peer_urls: [peerUrlOf(name)],
    client_urls: [`https://${addressOf(name)}:2379`],
    endpoint: 'https://127.0.0.1:2379',
    ca_file: '/etc/kubernetes/pki/etcd/ca.crt',
    cert_file: '/etc/kubernetes/pki/etcd/server.crt',
    key_file: '/etc/kubernetes/pki/etcd/server.key',
    etcdctl: '/usr/local/bin/etcdctl',
    restore_tool: '/usr/local/bin/etcdutl',
    tool_version: '3.5.16',
    data_dir: '/var/lib/etcd',
    layout: LAYOUT,
    data_dir_exists: true,
    uid: 0,
    gid: 0,
    mode: 0o700,
    ports: [2379, 2380, 2381],
    image: 'registry.k8s.io/etcd:3.5.16-0',
    running: true,
    manifest_source: 'manifests',
    manifest_path: '/etc/kubernetes/manifests/etcd.yaml',
    ...more,
  };
}

export const MEMBERS = HOSTS.map((name) => memberOf(name));

const idOf = (name: Name) => memberId([peerUrlOf(name)], TOKEN);

export function statusOf(name: Name, more: Partial<EtcdStatus> = {}): EtcdStatus {
  return {
    clusterId: clusterId(HOSTS.map(idOf)),
    memberId: idOf(name),
    leaderId: idOf('cp1'),
    revision: 500,
    raftTerm: 2,
    raftIndex: 600,
    dbSizeBytes: 20_000_000,
    version: '3.5.16',
    isLearner: false,
    ...more,
  };
}

export function memberList(): EtcdMembers {
  const members = HOSTS.map((name) => ({
    id: idOf(name),
    name: name as string,
    peerUrls: [peerUrlOf(name)],
    clientUrls: [`https://${addressOf(name)}:2379`],
    isLearner: false,
  }));
  return { clusterId: clusterId(HOSTS.map(idOf)), members };
}

export const SNAPSHOT_TEXT = 'a snapshot';

export function record(more: Partial<BackupRecord> = {}): BackupRecord {
  return {
    version: 1,
    created: '2026-11-24T12:17:22Z',
    run: TOKEN,
    snapshot: {
      file: 'snapshot.db',
      sha256: sha256(SNAPSHOT_TEXT),
      size_bytes: 8_224,
      revision: 500,
      total_keys: 31,
      content_sha256: 'c'.repeat(64),
      keys: 30,
      keys_by_kind: { pods: 30 },
      etcd_version: '3.5.16',
    },
    hosts: HOSTS.map((name) => ({
      name,
      member: name,
      peer_urls: [peerUrlOf(name)],
      image: 'registry.k8s.io/etcd:3.5.16-0',
      manifests: { etcd: recordedFile('etcd', manifestOf(name)) },
    })),
    ...more,
  };
}

function recordedFile(pod: string, text: string) {
  const path = `/etc/kubernetes/manifests/${pod}.yaml`;
  return { path, text, uid: 0, gid: 0, mode: 0o600, sha256: sha256(text) };
}
