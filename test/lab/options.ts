export interface LabOptions {
  /** Small letters, digits and hyphens. Labs of different names run side by side. */
  readonly name: string;
  readonly members?: 1 | 3 | 5;
  /**
   * stacked (default): etcd as a static pod beside the API servers, on cp1, cp2, … external: etcd from a
   * unit of systemd on e1, e2, …, as kubespray has it, and API servers on cp1 and cp2. beside: etcd from such
   * a unit on cp1, cp2, …, beside the API servers, as kubespray makes it when it is told nothing else.
   */
  readonly topology?: 'stacked' | 'external' | 'beside';
  /** How many hosts w1, w2, … of the group kube_node: sshd and a kubelet that has nothing to run. None by default. */
  readonly workers?: number;
  readonly etcd?: '3.4' | '3.5';
  /**
   * control-plane (default): etcd and the three components, healthy. etcd: only etcd's manifest is in
   * the manifests folder. hosts-only: sshd alone, no PKI, no manifests, no kubelet.
   */
  readonly start?: 'control-plane' | 'etcd' | 'hosts-only';
  /**
   * Hosts whose /var/lib is a small disk of its own, in MiB. It is in memory: what is on it does not
   * outlive a `powerOff`.
   */
  readonly diskMiB?: { readonly [host: string]: number };
  /** How pods run: as plain processes (default), or under a containerd of each host's own. */
  readonly runtime?: 'processes' | 'containerd';
  /** none: no etcdctl and no etcdutl on the hosts, as kubeadm leaves them. installed by default. */
  readonly etcdTools?: 'installed' | 'none';
  /** When the kubelet notices a change: at a random moment in this range. 50 to 600 by default. */
  readonly kubeletDelayMs?: { readonly from: number; readonly to: number };
  /** 6: hosts have IPv6 addresses alone, and all URLs and listeners are theirs. 4 by default. */
  readonly ip?: 4 | 6;
  /** What is other on single hosts than kubeadm makes it. */
  readonly hosts?: { readonly [host: string]: HostOptions };
}

export interface HostOptions {
  /**
   * mount: /var/lib/etcd is a mount point, with lost+found in it. It is a bind mount of a directory on the
   * same disk, which the kernel treats as any mount: it cannot be renamed (EBUSY), nor anything out of it
   * (EXDEV). link: /var/lib/etcd leads to /opt/data/etcd, on another mount than /var/lib.
   */
  readonly data?: 'mount' | 'link';
  /** A --wal-dir, /var/lib/etcd-wal/wal. mount: /var/lib/etcd-wal is a mount point, as above. */
  readonly wal?: 'directory' | 'mount';
  /** Whom etcd runs as, as with kubeadm's RootlessControlPlane. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly ports?: Partial<Ports>;
  /** The API server listens on the host's own address alone, so that somebody else has its port on others. */
  readonly apiserverBindsAddress?: boolean;
}

export interface Ports {
  readonly client: number;
  readonly peer: number;
  readonly metrics: number;
  readonly apiserver: number;
}

export const USUAL_PORTS: Ports = { client: 2379, peer: 2380, metrics: 2381, apiserver: 6443 };

export type FullLabOptions = Required<LabOptions>;

export function withDefaults(options: LabOptions): FullLabOptions {
  if (!/^[a-z0-9][a-z0-9-]{0,29}$/.test(options.name)) {
    throw new Error(`a lab's name has small letters, digits and hyphens: ${options.name}`);
  }
  return {
    members: 3,
    topology: 'stacked',
    workers: 0,
    etcd: '3.4',
    start: 'control-plane',
    diskMiB: {},
    runtime: 'processes',
    etcdTools: 'installed',
    kubeletDelayMs: { from: 50, to: 600 },
    ip: 4,
    hosts: {},
    ...options,
  };
}
