import type { HostShape, LabShape } from './shape.js';

export const ETCD_IMAGES = {
  '3.4': 'registry.k8s.io/etcd:3.4.13-0',
  '3.5': 'registry.k8s.io/etcd:3.5.16-0',
};
export const KUBERNETES = 'v1.31.4';
const PKI = '/etc/kubernetes/pki';

/** The static pod manifests of one host, by file name, in the shape that kubeadm writes. */
export function manifestsOf(lab: LabShape, host: HostShape): ReadonlyMap<string, string> {
  return new Map([
    ['etcd.yaml', etcd(lab, host)],
    ['kube-apiserver.yaml', apiserver(host)],
    ['kube-controller-manager.yaml', controllerManager()],
    ['kube-scheduler.yaml', scheduler()],
  ]);
}

function etcd(lab: LabShape, host: HostShape): string {
  const members = lab.hosts.map((member) => `${member.name}=https://${member.address}:2380`);
  const client = `https://${host.address}:2379`;
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
      `--initial-advertise-peer-urls=https://${host.address}:2380`,
      // kubeadm's members join one by one; here they start together, so each knows all from the start.
      `--initial-cluster=${members.join(',')}`,
      `--key-file=${PKI}/etcd/server.key`,
      `--listen-client-urls=https://127.0.0.1:2379,${client}`,
      '--listen-metrics-urls=http://127.0.0.1:2381',
      `--listen-peer-urls=https://${host.address}:2380`,
      `--name=${host.name}`,
      `--peer-cert-file=${PKI}/etcd/peer.crt`,
      '--peer-client-cert-auth=true',
      `--peer-key-file=${PKI}/etcd/peer.key`,
      `--peer-trusted-ca-file=${PKI}/etcd/ca.crt`,
      '--snapshot-count=10000',
      `--trusted-ca-file=${PKI}/etcd/ca.crt`,
    ],
    probe: {
      host: '127.0.0.1',
      port: 2381,
      scheme: 'HTTP',
      live: '/health?exclude=NOSPACE&serializable=true',
      started: '/health?serializable=false',
    },
    volumes: [
      { name: 'etcd-data', path: '/var/lib/etcd', type: 'DirectoryOrCreate' },
      { name: 'etcd-certs', path: `${PKI}/etcd`, type: 'DirectoryOrCreate' },
    ],
  });
}

function apiserver(host: HostShape): string {
  return pod({
    name: 'kube-apiserver',
    image: `registry.k8s.io/kube-apiserver:${KUBERNETES}`,
    annotation: [
      'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint',
      `${host.address}:6443`,
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
      '--etcd-servers=https://127.0.0.1:2379',
      `--kubelet-client-certificate=${PKI}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${PKI}/apiserver-kubelet-client.key`,
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      `--proxy-client-cert-file=${PKI}/front-proxy-client.crt`,
      `--proxy-client-key-file=${PKI}/front-proxy-client.key`,
      `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
      '--secure-port=6443',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${PKI}/sa.pub`,
      `--service-account-signing-key-file=${PKI}/sa.key`,
      '--service-cluster-ip-range=10.96.0.0/12',
      `--tls-cert-file=${PKI}/apiserver.crt`,
      `--tls-private-key-file=${PKI}/apiserver.key`,
    ],
    probe: { host: host.address, port: 6443, scheme: 'HTTPS', live: '/livez', started: '/livez' },
    volumes: [{ name: 'k8s-certs', path: PKI, type: 'DirectoryOrCreate' }],
  });
}

function controllerManager(): string {
  const config = '/etc/kubernetes/controller-manager.conf';
  return pod({
    name: 'kube-controller-manager',
    image: `registry.k8s.io/kube-controller-manager:${KUBERNETES}`,
    command: [
      'kube-controller-manager',
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      '--bind-address=127.0.0.1',
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
      host: '127.0.0.1',
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

function scheduler(): string {
  const config = '/etc/kubernetes/scheduler.conf';
  return pod({
    name: 'kube-scheduler',
    image: `registry.k8s.io/kube-scheduler:${KUBERNETES}`,
    command: [
      'kube-scheduler',
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      '--bind-address=127.0.0.1',
      `--kubeconfig=${config}`,
      '--leader-elect=true',
    ],
    probe: {
      host: '127.0.0.1',
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
}

function pod(it: PodDescription): string {
  const annotations =
    it.annotation === undefined
      ? []
      : ['  annotations:', `    ${it.annotation[0]}: ${it.annotation[1]}`];
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
    `        host: ${it.probe.host}`,
    `        path: ${path}`,
    `        port: ${it.probe.port}`,
    `        scheme: ${it.probe.scheme}`,
    '      initialDelaySeconds: 10',
    '      periodSeconds: 10',
    '      timeoutSeconds: 15',
  ];
}
