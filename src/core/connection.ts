import type { HostName } from './names.js';
import type { Secret } from './secret.js';

/** One ssh server and how it is entered: a host, or a bastion on the way to it. */
export interface SshServer {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private keys, absolute paths, in the order in which they are offered. */
  readonly identityFiles: readonly string[];
  /** Absolute paths; `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts` unless the inventory says more. */
  readonly knownHostsFiles: readonly string[];
  /** The agent's socket; null when there is none. */
  readonly agentSocket: string | null;
  /** Of the agent's keys only those are offered that stand in `identityFiles` too. */
  readonly identitiesOnly: boolean;
}

/** How one host is reached, with every default filled in. */
export interface Connection extends SshServer {
  readonly host: HostName;
  readonly kind: 'ssh' | 'openssh' | 'local';
  /** The bastions on the way, the nearest first; empty when there is none. */
  readonly jumps: readonly SshServer[];
  readonly becomeUser: string;
  /** What sudo is told when it asks; null: it must not ask. */
  readonly becomePassword: Secret | null;
}
