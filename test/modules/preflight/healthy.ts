import type { Certificate, Mount, Space } from '../../../src/core/question.js';
import { ok } from '../../../src/core/result.js';
import { readManifest } from '../../../src/modules/etcd/manifest.js';
import type { Facts, FoundPod, Place } from '../../../src/modules/preflight/facts.js';
import { reportOf } from '../../../src/modules/preflight/make-report.js';
import type { HostReport } from '../../../src/modules/preflight/report.js';
import {
  addressOf,
  HOSTS,
  LAYOUT,
  manifestOf,
  memberList,
  type Name,
  record,
  statusOf,
} from '../cluster.js';

/** A host on which nothing is wrong, and a cluster of three of them. */

const PKI = '/etc/kubernetes/pki';
export const DAY_MS = 86_400_000;
export const NOW_MS = Date.UTC(2026, 10, 24, 12);

const FLAGS_OF_PEERS = [
  `--peer-cert-file=${PKI}/etcd/peer.crt`,
  `--peer-key-file=${PKI}/etcd/peer.key`,
  `--peer-trusted-ca-file=${PKI}/etcd/ca.crt`,
];

export function etcdPod(name: Name, more: readonly string[] = []): FoundPod {
  return pod('etcd', manifestOf(name, [...FLAGS_OF_PEERS, ...more]));
}

export function apiserverPod(name: Name, more: readonly string[] = []): FoundPod {
  const flags = [
    `--advertise-address=${addressOf(name)}`,
    `--client-ca-file=${PKI}/ca.crt`,
    '--secure-port=6443',
    `--service-account-key-file=${PKI}/sa.pub`,
    `--service-account-signing-key-file=${PKI}/sa.key`,
    `--tls-cert-file=${PKI}/apiserver.crt`,
    `--tls-private-key-file=${PKI}/apiserver.key`,
    ...more,
  ];
  const text = `
kind: Pod
metadata: { name: kube-apiserver, namespace: kube-system }
spec:
  containers:
    - name: kube-apiserver
      command: ${JSON.stringify(['kube-apiserver', ...flags])}
      volumeMounts: [{ mountPath: ${PKI}, name: pki }]
  volumes: [{ name: pki, hostPath: { path: ${PKI} } }]
`;
  return pod('kube-apiserver', text);
}

function pod(name: string, text: string): FoundPod {
  const manifest = readManifest(text);
  if (manifest === null) throw new Error(`no manifest: ${text}`);
  return { path: `/etc/kubernetes/manifests/${name}.yaml`, source: 'manifests', manifest };
}

export function certificate(path: string, more: Partial<Certificate> = {}): Certificate {
  return {
    path: `${PKI}/${path}`,
    index: 0,
    subject: `CN=${path}`,
    issuer: 'CN=etcd-ca',
    notBeforeMs: NOW_MS - 100 * DAY_MS,
    notAfterMs: NOW_MS + 200 * DAY_MS,
    dnsNames: [],
    ipAddresses: [],
    isAuthority: false,
    sha256: `sha256 of ${path}`,
    keySha256: `key of ${path.replace(/\.crt$/, '')}`,
    signedBy: ['sha256 of etcd/ca.crt'],
    ...more,
  };
}

function certificatesOf(name: Name): NonNullable<Facts['certificates']> {
  const ipAddresses = [addressOf(name), '127.0.0.1'];
  const leaves = ['etcd/server', 'etcd/peer', 'apiserver'];
  const keys = [...leaves, 'etcd/ca', 'sa'];
  return {
    hasOpenssl: true,
    kubeconfigs: [],
    certificates: [
      certificate('ca.crt', { isAuthority: true }),
      certificate('etcd/ca.crt', { isAuthority: true }),
      ...leaves.map((leaf) => certificate(`${leaf}.crt`, { ipAddresses })),
    ],
    keys: [
      ...keys.map((key) => ({
        path: `${PKI}/${key}.key`,
        isPrivate: true,
        keySha256: `key of ${key}`,
      })),
      { path: `${PKI}/sa.pub`, isPrivate: false, keySha256: 'key of sa' },
    ],
    missing: [],
    unreadable: [],
  };
}

const MOUNT: Mount = {
  realPath: '/',
  device: '1',
  mountId: 1,
  mountPoint: '/',
  fsType: 'ext4',
  readOnly: false,
  freeBytes: 50e9,
  sizeBytes: 100e9,
};
export const SPACE: Space = {
  path: '/var/lib',
  device: '1',
  sizeBytes: 100e9,
  freeBytes: 50e9,
  inodes: 1e6,
  freeInodes: 5e5,
};

export function place(what: Place['what'], path: string, more: Partial<Mount> = {}): Place {
  return { what, path, mount: { ...MOUNT, ...more }, space: SPACE };
}

export const DISKS: NonNullable<Facts['disks']> = {
  data_path: '/var/lib/etcd',
  data_dir: '/var/lib/etcd',
  data_mount: '/',
  wal_dir: '/var/lib/etcd/member/wal',
  wal_mount: '/',
  wal_link: '',
};

const TOOLS = {
  etcdctl: { path: '/usr/local/bin/etcdctl', version: '3.5.16', said: '' },
  etcdutl: { path: '/usr/local/bin/etcdutl', version: '3.5.16', said: '' },
};

export function factsOf(name: Name, more: Partial<Facts> = {}): Facts {
  return {
    host: name,
    address: addressOf(name),
    run: 'this-run',
    isMember: true,
    isControlPlane: true,
    manifestsDir: '/etc/kubernetes/manifests',
    parkedDir: '/etc/kubernetes/runback',
    workDir: '/var/lib/runback/work',
    record: record(),
    keepsSafety: true,
    clock: { askedAtMs: NOW_MS - 10, answeredAtMs: NOW_MS, atMs: NOW_MS - 5, resolutionMs: 1 },
    folder: [],
    etcd: etcdPod(name),
    apiserver: apiserverPod(name),
    kubelet: { isRunning: true, config: null, health: { reached: true, waitedMs: 1 } },
    etcdRuns: true,
    apiserverRuns: true,
    unitRefusal: null,
    unitIsDisabled: false,
    tools: TOOLS,
    toolsFrom: { from: 'host', tools: TOOLS },
    runtimes: [],
    live: { status: statusOf(name), members: memberList(), alarms: [] },
    silence: null,
    past: {
      status: statusOf(name),
      nodes: 3,
      dataBornS: 1_000,
      apiServerStartedS: 990,
      strays: [],
      nested: [],
    },
    certificates: certificatesOf(name),
    encryptionConfigSha256: null,
    sockets: [],
    places: [
      place('manifests', '/etc/kubernetes/manifests'),
      place('parked', '/etc/kubernetes/runback'),
      place('work', '/var/lib/runback/work'),
      place('data', '/var/lib/etcd'),
      place('wal', '/var/lib/etcd/member/wal'),
    ],
    nodeSpaces: [{ use: 'nodefs', space: SPACE }],
    dataDir: '/var/lib/etcd',
    swap: ok({ dataDir: '/var/lib/etcd', layout: LAYOUT }),
    disks: DISKS,
    etcdFiles: [],
    isSelinuxEnforcing: false,
    locks: [],
    leftovers: [],
    fenced: [],
    addresses: [addressOf(name), '127.0.0.1'],
    moved: null,
    ...more,
  };
}

export const REPORTS: readonly HostReport[] = HOSTS.map((name) => reportOf(factsOf(name)));

/** The three healthy reports, with something else on one host. */
export function reportsWith(name: Name, more: Partial<HostReport>): readonly HostReport[] {
  return REPORTS.map((one) => (one.host === name ? { ...one, ...more } : one));
}
