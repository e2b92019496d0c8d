import { copyFileSync } from 'node:fs';
import { type Lab, type LabHost, untilTrue } from '../lab/index.js';

/** A backup and a restore with the commands that every guide gives, typed host by host. */

const MANIFESTS = '/etc/kubernetes/manifests';
const PODS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const SNAPSHOT = '/root/snapshot.db';
const PKI = '/etc/kubernetes/pki/etcd';
const ACCESS = `--endpoints=https://127.0.0.1:2379 --cacert=${PKI}/ca.crt --cert=${PKI}/server.crt --key=${PKI}/server.key`;

/** Saves on the first host, and copies the file to the others. */
export async function saveByHand(lab: Lab): Promise<void> {
  const [first, ...others] = lab.hosts;
  if (first === undefined) return;
  await sh(first, `rm -f ${SNAPSHOT}; ETCDCTL_API=3 etcdctl ${ACCESS} snapshot save ${SNAPSHOT}`);
  for (const host of others) copyFileSync(first.path(SNAPSHOT), host.path(SNAPSHOT));
}

export async function stopByHand(
  hosts: readonly LabHost[],
  isLeft: (host: LabHost, pod: string) => boolean = () => false,
): Promise<void> {
  for (const host of hosts) {
    for (const pod of PODS) {
      if (isLeft(host, pod)) continue;
      await sh(host, `mv ${MANIFESTS}/${pod}.yaml /tmp/${pod}.yaml.bak`);
    }
  }
  await untilTrue('all pods to end', 60_000, () =>
    hosts.every((host) =>
      PODS.every((pod) => isLeft(host, pod) || host.processes(pod).length === 0),
    ),
  );
}

export async function startByHand(hosts: readonly LabHost[]): Promise<void> {
  for (const host of hosts) {
    await sh(host, `cd /tmp && for f in *.yaml.bak; do mv $f ${MANIFESTS}/\${f%.bak}; done`);
  }
}

export interface ByHand {
  readonly token: string;
  /** As typed into --initial-cluster. */
  readonly members: readonly LabHost[];
  /** How the restored directory is put in its place. */
  readonly move: string;
}

export const MOVED_BY_GLOB = 'rm -rf /var/lib/etcd/* && mv /var/lib/etcd-restored/* /var/lib/etcd/';
/** What somebody types who wants to keep the old directory. */
export const MOVED_BY_RENAME =
  'mv /var/lib/etcd /var/lib/etcd.old; mv /var/lib/etcd-restored /var/lib/etcd';

export async function restoreByHand(
  host: LabHost,
  { token, members, move }: ByHand,
): Promise<void> {
  const list = members.map(({ name, address }) => `${name}=https://${address}:2380`).join(',');
  await sh(
    host,
    [
      'rm -rf /var/lib/etcd-restored',
      `ETCDCTL_API=3 etcdctl snapshot restore ${SNAPSHOT} --data-dir=/var/lib/etcd-restored` +
        ` --initial-cluster-token=${token} --initial-advertise-peer-urls=https://${host.address}:2380` +
        ` --name=${host.name} --initial-cluster=${list}`,
      move,
      'rm -rf /var/lib/etcd-restored',
    ].join('\n'),
  );
}

async function sh(host: LabHost, script: string): Promise<void> {
  const { code, stdout, stderr } = await host.run(['sh', '-c', script]);
  if (code !== 0) throw new Error(`${host.name}: ${script} ended with ${code}: ${stderr}${stdout}`);
}
