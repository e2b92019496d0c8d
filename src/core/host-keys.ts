import type { Connection, SshServer } from './connection.js';
import type { Failure } from './failure.js';
import type { Result } from './result.js';

/** One host key that a server shows. */
export interface OfferedKey {
  readonly type: string;
  /** `SHA256:…`, as ssh writes it. */
  readonly fingerprint: string;
  readonly base64: string;
}

/**
 * A server's keys beside what is known of it. `changed`: it is known by other keys than these; `certified`:
 * an authority vouches for it. `where`: the file and line that say so.
 */
export interface ServerKeys {
  readonly state: 'new' | 'known' | 'changed' | 'revoked' | 'certified';
  readonly where: string | null;
  readonly keys: readonly OfferedKey[];
}

/** Looks at keys that nobody trusts yet, and writes down those that a person trusts. */
export interface HostKeys {
  /** Of the server that is so many bastions away on the way to a host; those before it must be known. */
  offered(
    connection: Connection,
    bastionsBefore: number,
    signal: AbortSignal,
  ): Promise<Result<ServerKeys, Failure>>;
  /** Adds keys to the user's known_hosts, never over others. Gives the file's path. */
  remember(server: SshServer, keys: readonly OfferedKey[]): Result<string, Failure>;
  close(): Promise<void>;
}
