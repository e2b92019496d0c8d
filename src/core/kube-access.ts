/**
 * How to ask the API server of this very host, read-only, with what a control-plane host has: a client's
 * certificate for curl, and administrators' kubeconfigs for kubectl, the first that is let in.
 */
export interface KubeAccess {
  /** `https://10.0.0.11:6443`: the host's own address, never a VIP's. */
  readonly server: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly kubeconfigs: readonly string[];
}

/** What can be asked of an API server. Of Secrets no more than how many there are. */
export type KubeKind =
  | 'namespaces'
  | 'deployments'
  | 'services'
  | 'secrets'
  | 'pods'
  | 'nodes'
  | 'node-leases'
  | 'signing-requests';
