import type { HostName } from './names.js';

/** How one host is reached, with every default filled in. Read off the inventory, nothing else. */
export interface Connection {
  readonly host: HostName;
  readonly kind: 'ssh' | 'local';
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Tried in this order after the agent's keys. Absolute paths. */
  readonly identityFiles: readonly string[];
  /** Absolute paths; `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts` unless the inventory says more. */
  readonly knownHostsFiles: readonly string[];
  /** The agent's socket; null when there is none, or when the inventory says IdentitiesOnly. */
  readonly agentSocket: string | null;
  readonly becomeUser: string;
}
