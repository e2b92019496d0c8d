/** What is seen of a cluster through its API and its runtimes: names, states and numbers. */

/** One object of the API, with the few fields that are read of it. Never anything that it holds. */
export interface KubeObject {
  readonly name: string;
  /** Empty for what belongs to the whole cluster. */
  readonly namespace: string;
  /**
   * Nodes: `Ready` (True, False, Unknown). Leases: `renewTime`. Signing requests: `signerName`, `username`,
   * and `Approved`, `Denied` or `Failed` where somebody has decided.
   */
  readonly fields: { readonly [field: string]: string };
}

export interface KubeObjects {
  readonly count: number;
  /** False: there are more, and no more were asked for. */
  readonly isComplete: boolean;
  /** Empty for kinds that are only counted. */
  readonly objects: readonly KubeObject[];
}

export interface RuntimePods {
  readonly pods: readonly { readonly namespace: string; readonly name: string }[];
}
