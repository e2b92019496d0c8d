/** Small, and in kubeadm's shape: what the modules and the kubelet read of a manifest is in it. */
const PKI = '/etc/kubernetes/pki/etcd';

export interface Place {
  readonly name: string;
  readonly address: string;
}

export const PODS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const;

export function manifestOf(pod: string, own: Place, all: readonly Place[]): string {
  switch (pod) {
    case 'etcd':
      return etcd(own, all);
    case 'kube-apiserver':
      return pods('kube-apiserver', ['--secure-port=6443'], []);
    case 'kube-controller-manager':
      return pods(pod, ['--bind-address=127.0.0.1'], []);
    default:
      return pods(pod, ['--bind-address=127.0.0.1'], []);
  }
}

function etcd({ name, address }: Place, all: readonly Place[]): string {
  const initial = all.map((one) => `${one.name}=https://${one.address}:2380`).join(',');
  const flags = [
    `--advertise-client-urls=https://${address}:2379`,
    `--cert-file=${PKI}/server.crt`,
    '--data-dir=/var/lib/etcd',
    `--initial-advertise-peer-urls=https://${address}:2380`,
    `--initial-cluster=${initial}`,
    `--key-file=${PKI}/server.key`,
    `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
    '--listen-metrics-urls=http://127.0.0.1:2381',
    `--listen-peer-urls=https://${address}:2380`,
    `--name=${name}`,
    `--trusted-ca-file=${PKI}/ca.crt`,
  ];
  return pods('etcd', flags, ['/var/lib/etcd', PKI]);
}

function pods(name: string, flags: readonly string[], paths: readonly string[]): string {
  const command = [name, ...flags].map((word) => `    - ${word}\n`).join('');
  const mounts = paths.map((path, at) => `    - {mountPath: ${path}, name: v${at}}\n`).join('');
  const volumes = paths
    .map((path, at) => `  - {name: v${at}, hostPath: {path: ${path}, type: DirectoryOrCreate}}\n`)
    .join('');
  return `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  containers:
  - name: ${name}
    image: registry.k8s.io/${name}:1
    command:
${command}    volumeMounts:${mounts === '' ? ' []\n' : `\n${mounts}`}  volumes:${volumes === '' ? ' []\n' : `\n${volumes}`}`;
}
