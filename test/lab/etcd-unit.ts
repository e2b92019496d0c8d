import {
  appendFileSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { project } from '../prepare/run.mjs';
import { type HostShape, type LabShape, membersOf } from './shape.js';

const ETCD = { uid: 997, gid: 997 };
const SSL = '/etc/ssl/etcd/ssl';

/** As kubespray has them in kubespray's folder, from what kubeadm would have made. */
const CERTIFICATES = (host: string): readonly (readonly [string, string])[] => [
  ['etcd/ca.crt', 'ca.pem'],
  ['etcd/ca.key', 'ca-key.pem'],
  ['etcd/server.crt', `member-${host}.pem`],
  ['etcd/server.key', `member-${host}-key.pem`],
  ['etcd/healthcheck-client.crt', `admin-${host}.pem`],
  ['etcd/healthcheck-client.key', `admin-${host}-key.pem`],
];

const UNIT = `[Unit]
Description=etcd
After=network.target

[Service]
Type=notify
User=etcd
EnvironmentFile=/etc/etcd.env
ExecStart=/usr/local/bin/etcd
NotifyAccess=all
Restart=always
RestartSec=10s
LimitNOFILE=40000

[Install]
WantedBy=multi-user.target
`;

/** A member that systemd runs as the user etcd, in kubespray's shape: unit, environment, PKI, user. */
export function writeEtcdUnit(lab: LabShape, host: HostShape): void {
  const at = (path: string) => join(host.root, path);
  appendFileSync(
    at('etc/passwd'),
    `etcd:x:${ETCD.uid}:${ETCD.gid}:etcd:/var/lib/etcd:/bin/false\n`,
  );
  appendFileSync(at('etc/group'), `etcd:x:${ETCD.gid}:\n`);
  appendFileSync(at('etc/shadow'), 'etcd:*:19000:0:99999:7:::\n');
  mkdirSync(at('var/lib/etcd'), { mode: 0o700 });
  chownSync(at('var/lib/etcd'), ETCD.uid, ETCD.gid);
  moveCertificates(host);
  writeFileSync(at('etc/etcd.env'), environmentOf(lab, host), { mode: 0o640 });
  const wants = at('etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  writeFileSync(at('etc/systemd/system/etcd.service'), UNIT);
  symlinkSync('/etc/systemd/system/etcd.service', join(wants, 'etcd.service'));
  mkdirSync(at('usr/local/lib'), { recursive: true });
  cpSync(join(project, 'test/lab/unit-stand-in.sh'), at('usr/local/lib/unit-stand-in.sh'));
}

function moveCertificates(host: HostShape): void {
  const folder = join(host.root, SSL);
  mkdirSync(join(folder, '..'), { recursive: true });
  mkdirSync(folder, { mode: 0o700 });
  const pki = join(host.root, 'etc/kubernetes/pki');
  for (const [from, to] of CERTIFICATES(host.name)) cpSync(join(pki, from), join(folder, to));
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) {
    chownSync(path, ETCD.uid, ETCD.gid);
  }
  if (host.runs === 'etcd') rmSync(join(host.root, 'etc/kubernetes'), { recursive: true });
}

function environmentOf(lab: LabShape, { name, address }: HostShape): string {
  const members = membersOf(lab).map((one) => `${one.name}=https://${one.address}:2380`);
  const [cert, key] = [`${SSL}/member-${name}.pem`, `${SSL}/member-${name}-key.pem`];
  return [
    '# Environment file for etcd',
    'ETCD_DATA_DIR=/var/lib/etcd',
    `ETCD_ADVERTISE_CLIENT_URLS=https://${address}:2379`,
    `ETCD_INITIAL_ADVERTISE_PEER_URLS=https://${address}:2380`,
    'ETCD_INITIAL_CLUSTER_STATE=new',
    'ETCD_METRICS=basic',
    `ETCD_LISTEN_CLIENT_URLS=https://${address}:2379,https://127.0.0.1:2379`,
    'ETCD_ELECTION_TIMEOUT=1000',
    'ETCD_HEARTBEAT_INTERVAL=100',
    'ETCD_INITIAL_CLUSTER_TOKEN=k8s_etcd',
    `ETCD_LISTEN_PEER_URLS=https://${address}:2380`,
    `ETCD_NAME=${name}`,
    `ETCD_INITIAL_CLUSTER=${members.join(',')}`,
    'ETCD_AUTO_COMPACTION_RETENTION=8',
    'ETCD_SNAPSHOT_COUNT=10000',
    `ETCD_TRUSTED_CA_FILE=${SSL}/ca.pem`,
    `ETCD_CERT_FILE=${cert}`,
    `ETCD_KEY_FILE=${key}`,
    'ETCD_CLIENT_CERT_AUTH=true',
    `ETCD_PEER_TRUSTED_CA_FILE=${SSL}/ca.pem`,
    `ETCD_PEER_CERT_FILE=${cert}`,
    `ETCD_PEER_KEY_FILE=${key}`,
    'ETCD_PEER_CLIENT_CERT_AUTH=True',
    'ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK=True',
    '# CLI settings',
    'ETCDCTL_ENDPOINTS=https://127.0.0.1:2379',
    `ETCDCTL_CACERT=${SSL}/ca.pem`,
    '',
  ].join('\n');
}
