export interface Program {
  readonly path: string;
  /** The cache folder that it was unpacked into; undefined when it is installed on the machine. */
  readonly folder: string | undefined;
  /** For LD_LIBRARY_PATH of this program alone; empty when it needs nothing. */
  readonly libraryPath: string;
}

export function tools(): Promise<{
  readonly etcd: Program;
  readonly etcdctl: Program;
  readonly sshd: Program;
  readonly nft: Program;
  readonly sudo: Program;
}>;

/** busybox, installed or fetched. */
export function busybox(): Promise<Program>;

export function mksh(): Promise<Program>;

export function shellcheck(): Promise<Program>;

export function kubectl(): Promise<Program>;

export function etcd35(): Promise<{
  readonly etcd: Program;
  readonly etcdctl: Program;
  readonly etcdutl: Program;
}>;

/** What this machine lacks for a lab and what nobody can fetch for it; empty when a lab can run. */
export function whatIsMissing(): readonly string[];
