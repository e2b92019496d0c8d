import type { Connection } from '../core/connection.js';
import type { Failure } from '../core/failure.js';
import type { HostKeys } from '../core/host-keys.js';
import type { Catalogue } from '../core/module.js';
import type { HostName } from '../core/names.js';
import type { Clock, Hosts, Operator } from '../core/ports.js';
import type { Result } from '../core/result.js';
import type { Secret } from '../core/secret.js';
import type { Output } from '../report/index.js';

export type PathKind = 'nothing' | 'file' | 'program' | 'folder' | 'other';

/** The real world as main hands it in: the verbs see nothing of the process but this. */
export interface Edges {
  readonly version: string;
  readonly user: string;
  readonly home: string;
  readonly controllerName: string;
  readonly pid: number;
  readonly directory: string;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly out: Output;
  readonly problems: Output;
  readonly catalogue: Catalogue;
  /** Everything that is printed is cleaned of these; they become known while inputs are read. */
  readonly secrets: Set<Secret>;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly readText: (path: string) => Result<string, Failure>;
  /** Whole or not at all, durable, 0600. */
  readonly writeText: (path: string, text: string) => Result<void, Failure>;
  readonly listFiles: (directory: string) => Result<readonly string[], Failure>;
  /** Typed at the terminal, without echo. */
  readonly askSecret: (question: string, signal: AbortSignal) => Promise<Result<Secret, Failure>>;
  /** The first line of a file that nobody else can read. */
  readonly readSecretFile: (path: string) => Result<Secret, Failure>;
  /** The private keys that only a passphrase opens, of those that these connections need. */
  readonly lockedKeys: (connections: Iterable<Connection>) => Promise<readonly string[]>;
  /** Opens one for the connections that follow; false: it is the wrong passphrase. */
  readonly openKey: (file: string, passphrase: Secret) => boolean;
  readonly hostKeys: () => HostKeys;
  readonly isPrivate: (path: string) => boolean;
  /** What is at a path, links followed. A program is a file that may be executed and begins as one. */
  readonly lookAt: (path: string) => { readonly kind: PathKind };
  /** Standard output of a program on this machine: of an inventory that is one, and of nothing else. */
  readonly runProgram: (
    path: string,
    words: readonly string[],
    timeMsMax: number,
  ) => Result<string, Failure>;
  readonly operator: (yes: boolean) => Operator;
  readonly hosts: (
    connections: ReadonlyMap<HostName, Connection>,
    controllerStateDir: string | null,
  ) => Hosts;
  /** Fires at the first SIGINT, SIGTERM or SIGHUP: what is in flight is finished. */
  readonly stop: AbortSignal;
  /** Fires at the second: even what is in flight is let go. */
  readonly abandon: AbortSignal;
}
