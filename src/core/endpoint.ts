/** How to reach one etcd member read-only: its client URL and the files on its host that open it. */
export interface EtcdAccess {
  readonly etcdctl: string;
  readonly endpoint: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Where a program listens. Somebody else may listen on the same port of another address: a VIP, a balancer. */
export type ListeningPort = {
  /** As the kernel knows it; empty: any of them. A listener on all addresses counts for each. */
  readonly address: string;
  readonly port: number;
};
