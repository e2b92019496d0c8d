/**
 * What a member's own etcd is told. Beside it another may run (an etcd for events, a second cluster): a process
 * called etcd counts as the member's unless all that it is told is another's.
 */
export type EtcdIdentity = {
  /** --data-dir, as it is told inside its container or unit. */
  readonly told: string;
  /** The same directory as the host has it. */
  readonly directory: string;
  readonly urls: readonly string[];
  readonly ports: readonly number[];
};
