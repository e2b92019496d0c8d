import { type HostShape, inUrl, type LabShape, loopbackOf, membersOf, peerUrlOf } from './shape.js';

export const ETCD_IMAGES = {
  '3.4': 'registry.k8s.io/etcd:3.4.13-0',
  '3.5': 'registry.k8s.io/etcd:3.5.16-0',
};
export const KUBERNETES = 'v1.31.4';
const PKI = '/etc/kubernetes/pki';
const WAL = '/var/lib/etcd-wal';

/** The static pod manifests of one host, by file name, in the shape that kubeadm writes. */
export function manifestsOf(lab: LabShape, host: HostShape): ReadonlyMap<string, string> {
  return new Map([
    ...(host.runs === 'all' ? [['etcd.yaml', etcd(lab, host)] as const] : []),
    ['kube-apiserver.yaml', apiserver(lab, host)],
    ['kube-controller-manager.yaml', controllerManager(lab)],
    ['kube-scheduler.yaml', scheduler(lab)],
  ]);
}

function etcd(lab: LabShape, host: HostShape): string {
  const members = membersOf(lab).map((member) => `${member.name}=${peerUrlOf(member)}`);
  const { ports, is } = host;
  const client = `https://${inUrl(host.address)}:${ports.client}`;
  const loopback = loopbackOf(lab);
  const wal = is.wal === undefined ? [] : [`--wal-dir=${WAL}/wal`];
  return pod({
    name: 'etcd',
    image: ETCD_IMAGES[lab.options.etcd],
    annotation: ['kubeadm.kubernetes.io/etcd.advertise-client-urls', client],
    command: [
      'etcd',
      `--advertise-client-urls=${client}`,
      `--cert-file=${PKI}/etcd/server.crt`,
      '--client-cert-auth=true',
      '--data-dir=/var/lib/etcd',
      '--experimental-initial-corrupt-check=true',
      `--initial-advertise-peer-urls=${peerUrlOf(host)}`,
      // kubeadm's members join one by one; here they start together, so each knows all from the start.
      `--initial-cluster=${members.join(',')}`,
      `--key-file=${PKI}/etcd/server.key`,
      `--listen-client-urls=https://${inUrl(loopback)}:${ports.client},${client}`,
      `--listen-metrics-urls=http://${inUrl(loopback)}:${ports.metrics}`,
      `--listen-peer-urls=${peerUrlOf(host)}`,
      `--name=${host.name}`,
      `--peer-cert-file=${PKI}/etcd/peer.crt`,
      '--peer-client-cert-auth=true',
      `--peer-key-file=${PKI}/etcd/peer.key`,
      `--peer-trusted-ca-file=${PKI}/etcd/ca.crt`,
      '--snapshot-count=10000',
      `--trusted-ca-file=${PKI}/etcd/ca.crt`,
      ...wal,
    ],
    probe: {
      host: loopback,
      port: ports.metrics,
      scheme: 'HTTP',
      live: '/health?exclude=NOSPACE&serializable=true',
      started: '/health?serializable=false',
    },
    volumes: [
      { name: 'etcd-data', path: '/var/lib/etcd', type: 'DirectoryOrCreate' },
      { name: 'etcd-certs', path: `${PKI}/etcd`, type: 'DirectoryOrCreate' },
      ...(wal.length === 0 ? [] : [{ name: 'etcd-wal', path: WAL, type: 'DirectoryOrCreate' }]),
    ],
    ...(is.owner === undefined ? {} : { owner: is.owner }),
  });
}

function apiserver(lab: LabShape, host: HostShape): string {
  const { ports, is } = host;
  const bind = is.apiserverBindsAddress ? [`--bind-address=${host.address}`] : [];
  const members = membersOf(lab).map(({ address }) => `https://${inUrl(address)}:${ports.client}`);
  const own = `https://${inUrl(loopbackOf(lab))}:${ports.client}`;
  const servers = host.runs === 'all' ? own : members.join(',');
  return pod({
    name: 'kube-apiserver',
    image: `registry.k8s.io/kube-apiserver:${KUBERNETES}`,
    annotation: [
      'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint',
      `${inUrl(host.address)}:${ports.apiserver}`,
    ],
    command: [
      'kube-apiserver',
      `--advertise-address=${host.address}`,
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      `--client-ca-file=${PKI}/ca.crt`,
      '--enable-admission-plugins=NodeRestriction',
      '--enable-bootstrap-token-auth=true',
      `--etcd-cafile=${PKI}/etcd/ca.crt`,
      `--etcd-certfile=${PKI}/apiserver-etcd-client.crt`,
      `--etcd-keyfile=${PKI}/apiserver-etcd-client.key`,
      `--etcd-servers=${servers}`,
      `--kubelet-client-certificate=${PKI}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${PKI}/apiserver-kubelet-client.key`,
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      `--proxy-client-cert-file=${PKI}/front-proxy-client.crt`,
      `--proxy-client-key-file=${PKI}/front-proxy-client.key`,
      `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
      `--secure-port=${ports.apiserver}`,
      ...bind,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${PKI}/sa.pub`,
      `--service-account-signing-key-file=${PKI}/sa.key`,
      '--service-cluster-ip-range=10.96.0.0/12',
      `--tls-cert-file=${PKI}/apiserver.crt`,
      `--tls-private-key-file=${PKI}/apiserver.key`,
    ],
    probe: {
      host: host.address,
      port: ports.apiserver,
      scheme: 'HTTPS',
      live: '/livez',
      started: '/livez',
    },
    volumes: [{ name: 'k8s-certs', path: PKI, type: 'DirectoryOrCreate' }],
  });
}

function controllerManager(lab: LabShape): string {
  const config = '/etc/kubernetes/controller-manager.conf';
  return pod({
    name: 'kube-controller-manager',
    image: `registry.k8s.io/kube-controller-manager:${KUBERNETES}`,
    command: [
      'kube-controller-manager',
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      `--bind-address=${loopbackOf(lab)}`,
      `--client-ca-file=${PKI}/ca.crt`,
      '--cluster-name=kubernetes',
      `--cluster-signing-cert-file=${PKI}/ca.crt`,
      `--cluster-signing-key-file=${PKI}/ca.key`,
      '--controllers=*,bootstrapsigner,tokencleaner',
      `--kubeconfig=${config}`,
      '--leader-elect=true',
      `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
      `--root-ca-file=${PKI}/ca.crt`,
      `--service-account-private-key-file=${PKI}/sa.key`,
      '--use-service-account-credentials=true',
    ],
    probe: {
      host: loopbackOf(lab),
      port: 10257,
      scheme: 'HTTPS',
      live: '/healthz',
      started: '/healthz',
    },
    volumes: [
      { name: 'k8s-certs', path: PKI, type: 'DirectoryOrCreate' },
      { name: 'kubeconfig', path: config, type: 'FileOrCreate' },
    ],
  });
}

function scheduler(lab: LabShape): string {
  const config = '/etc/kubernetes/scheduler.conf';
  return pod({
    name: 'kube-scheduler',
    image: `registry.k8s.io/kube-scheduler:${KUBERNETES}`,
    command: [
      'kube-scheduler',
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      `--bind-address=${loopbackOf(lab)}`,
      `--kubeconfig=${config}`,
      '--leader-elect=true',
    ],
    probe: {
      host: loopbackOf(lab),
      port: 10259,
      scheme: 'HTTPS',
      live: '/healthz',
      started: '/healthz',
    },
    volumes: [{ name: 'kubeconfig', path: config, type: 'FileOrCreate' }],
  });
}

interface PodDescription {
  readonly name: string;
  readonly image: string;
  readonly annotation?: readonly [string, string];
  readonly command: readonly string[];
  readonly probe: {
    readonly host: string;
    readonly port: number;
    readonly scheme: 'HTTP' | 'HTTPS';
    readonly live: string;
    readonly started: string;
  };
  readonly volumes: readonly {
    readonly name: string;
    readonly path: string;
    readonly type: string;
  }[];
  readonly owner?: { readonly uid: number; readonly gid: number };
}

function pod(it: PodDescription): string {
  const annotations =
    it.annotation === undefined
      ? []
      : ['  annotations:', `    ${it.annotation[0]}: ${quoted(it.annotation[1])}`];
  return `${[
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    ...annotations,
    '  creationTimestamp: null',
    '  labels:',
    `    component: ${it.name}`,
    '    tier: control-plane',
    `  name: ${it.name}`,
    '  namespace: kube-system',
    'spec:',
    '  containers:',
    '  - command:',
    ...it.command.map((argument) => `    - ${argument}`),
    `    image: ${it.image}`,
    '    imagePullPolicy: IfNotPresent',
    ...probe(it, 'livenessProbe', it.probe.live, 8),
    `    name: ${it.name}`,
    '    resources:',
    '      requests:',
    '        cpu: 100m',
    ...probe(it, 'startupProbe', it.probe.started, 24),
    '    volumeMounts:',
    ...it.volumes.flatMap(({ name, path }) => [`    - mountPath: ${path}`, `      name: ${name}`]),
    '  hostNetwork: true',
    '  priority: 2000001000',
    '  priorityClassName: system-node-critical',
    '  securityContext:',
    ...(it.owner === undefined
      ? []
      : [`    runAsGroup: ${it.owner.gid}`, `    runAsUser: ${it.owner.uid}`]),
    '    seccompProfile:',
    '      type: RuntimeDefault',
    '  volumes:',
    ...it.volumes.flatMap(({ name, path, type }) => [
      '  - hostPath:',
      `      path: ${path}`,
      `      type: ${type}`,
      `    name: ${name}`,
    ]),
    'status: {}',
  ].join('\n')}\n`;
}

function probe(
  it: PodDescription,
  kind: string,
  path: string,
  failures: number,
): readonly string[] {
  return [
    `    ${kind}:`,
    `      failureThreshold: ${failures}`,
    '      httpGet:',
    `        host: ${quoted(it.probe.host)}`,
    `        path: ${path}`,
    `        port: ${it.probe.port}`,
    `        scheme: ${it.probe.scheme}`,
    '      initialDelaySeconds: 10',
    '      periodSeconds: 10',
    '      timeoutSeconds: 15',
  ];
}

/** An IPv6 address is text for YAML, too. */
function quoted(text: string): string {
  return /^\[|::/.test(text) ? `'${text}'` : text;
}
