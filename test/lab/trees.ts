import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { project } from '../prepare/run.mjs';
import { makeContainerd } from './containerd.js';
import { KUBELET_CLIENT, writeEtc } from './etc.js';
import { writeEtcdUnit } from './etcd-unit.js';
import { manifestsOf } from './manifests.js';
import { clientFolder } from './pki.js';
import type { HostShape, LabShape } from './shape.js';
import { makeSudo } from './sudo.js';
import { foldersOf, insideHost, type Toolbox } from './toolbox.js';

/** What a host has for itself. /tmp and /var/tmp come last: the trees themselves are below /var/tmp. */
export const BOUND = [
  '/etc',
  '/var/lib',
  '/var/log',
  '/root',
  '/home',
  '/opt',
  '/usr/local',
  '/tmp',
  '/var/tmp',
] as const;

const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** Fills a host's trees. The PKI is made elsewhere, and the manifests come last: they start things. */
export function makeTrees(lab: LabShape, host: HostShape, toolbox: Toolbox): void {
  for (const tree of BOUND) mkdirSync(join(host.root, tree), { recursive: true });
  chmodSync(join(host.root, 'root'), 0o700);
  for (const folder of ['tmp', 'var/tmp']) chmodSync(join(host.root, folder), 0o1777);
  mkdirSync(join(host.root, 'var/log/pods'));
  writeEtc(lab, host);
  makePrograms(lab, host, toolbox);
  makeSudo(host, toolbox);
  makeContainerd(host, toolbox);
  if (host.runs === 'etcd' || host.runs === 'beside') writeEtcdUnit(lab, host);
  if (host.runs === 'etcd') return;
  makeKubelet(lab, host);
  if (lab.options.start === 'hosts-only') return;
  // As kubeadm makes it; a directory that the kubelet makes itself would be 0755.
  if (host.runs === 'all') makePlaces(host);
  mkdirSync(join(host.root, 'etc/kubernetes/manifests'), { recursive: true });
}

/** Where etcd's data lie: in the usual place, behind a link, or where host-init.sh mounts something. */
function makePlaces({ root, is }: HostShape): void {
  const { data, wal, owner = { uid: 0, gid: 0 } } = is;
  const make = (path: string) => {
    mkdirSync(join(root, path), { recursive: true, mode: 0o700 });
    chownSync(join(root, path), owner.uid, owner.gid);
  };
  if (data === 'link') {
    make('opt/data/etcd');
    symlinkSync('/opt/data/etcd', join(root, 'var/lib/etcd'));
  } else make('var/lib/etcd');
  if (wal !== undefined) make('var/lib/etcd-wal');
  for (const { source } of mountsOf(is)) {
    make(source);
    mkdirSync(join(root, source, 'lost+found'), { mode: 0o700 });
  }
}

/** What is mounted inside a host, and from where: both as the host sees them. */
export function mountsOf({ data, wal }: HostShape['is']) {
  return [
    ...(data === 'mount' ? [{ source: '/opt/disks/etcd', target: '/var/lib/etcd' }] : []),
    ...(wal === 'mount' ? [{ source: '/opt/disks/wal', target: '/var/lib/etcd-wal' }] : []),
  ];
}

/** As kubeadm does for an etcd that is not root: its keys are its own. The PKI must be there. */
export function giveKeys({ root, is: { owner } }: HostShape): void {
  if (owner === undefined) return;
  for (const name of ['server.key', 'peer.key']) {
    chownSync(join(root, 'etc/kubernetes/pki/etcd', name), owner.uid, owner.gid);
  }
}

export function writeManifests(lab: LabShape, host: HostShape): void {
  if (host.runs === 'etcd' || host.runs === 'worker') return;
  for (const [name, text] of manifestsOf(lab, host)) {
    if (lab.options.start === 'etcd' && name !== 'etcd.yaml') continue;
    writeFileSync(join(host.root, 'etc/kubernetes/manifests', name), text, { mode: 0o600 });
  }
}

function makePrograms(lab: LabShape, host: HostShape, toolbox: Toolbox): void {
  const bin = join(host.root, 'usr/local/bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(host.root, 'usr/local/sbin'));
  const isBare = lab.options.etcdTools === 'none' || host.runs === 'worker';
  for (const name of ['etcd', 'etcdctl', 'etcdutl'] as const) {
    const program = toolbox[name];
    if (program !== undefined && !(isBare && name !== 'etcd'))
      symlinkSync(insideHost(program), join(bin, name));
  }
  cpSync(join(project, 'test/lab/systemctl-stand-in.sh'), join(bin, 'systemctl'));
  chmodSync(join(bin, 'systemctl'), 0o755);
  makeComponents(join(host.root, 'opt/lab'), toolbox);
}

/** A link to node for each component: a process is called after the name that it was started by. */
function makeComponents(folder: string, toolbox: Toolbox): void {
  const components = join(folder, 'components');
  mkdirSync(components, { recursive: true });
  writeFileSync(join(components, 'node'), '', { mode: 0o755 });
  for (const name of [...COMPONENTS, 'kubelet']) symlinkSync('node', join(components, name));
  const built = join(project, 'dist/lab/stand-ins');
  for (const name of readdirSync(built)) cpSync(join(built, name), join(components, name));
  for (const source of foldersOf(toolbox)) {
    mkdirSync(join(folder, 'tools', basename(source)), { recursive: true });
  }
}

function makeKubelet(lab: LabShape, host: HostShape): void {
  const folder = join(host.root, 'var/lib/kubelet');
  if (existsSync(folder)) return;
  mkdirSync(join(folder, 'pki'), { recursive: true });
  if (lab.options.start !== 'hosts-only') {
    const pair = ['crt', 'key'].map((ending) =>
      readFileSync(join(clientFolder(lab), `kubelet-${host.name}.${ending}`), 'utf8'),
    );
    writeFileSync(join(host.root, KUBELET_CLIENT), pair.join(''), { mode: 0o600 });
  }
  writeFileSync(
    join(folder, 'config.yaml'),
    [
      'apiVersion: kubelet.config.k8s.io/v1beta1',
      'kind: KubeletConfiguration',
      // The real default is 20s; the lab's tests would only wait longer for the same thing.
      'fileCheckFrequency: 5s',
      'healthzBindAddress: 127.0.0.1',
      'healthzPort: 10248',
      'staticPodPath: /etc/kubernetes/manifests',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(folder, 'kubeadm-flags.env'),
    'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
  );
}
