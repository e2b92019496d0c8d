/** What a host answers: the shapes behind core/question.ts. Everything in them is untrusted text and numbers. */

export type FileType = 'file' | 'directory' | 'link' | 'other';

export interface Stat {
  readonly type: FileType;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly inode: string;
  /** `major:minor` of the file system. */
  readonly device: string;
  readonly modifiedS: number;
}

/** Who may do what with a file. */
export type Access = Pick<Stat, 'mode' | 'uid' | 'gid'>;

export interface Accounts {
  /** Null: the host does not know that name. */
  readonly users: { readonly [name: string]: number | null };
  readonly groups: { readonly [name: string]: number | null };
}

/** What systemd says of a unit; `loaded` is false when it does not know it. */
export interface Unit {
  readonly loaded: boolean;
  /** active, reloading, inactive, failed, activating, deactivating */
  readonly active: string;
  /** enabled, disabled, static, masked, …; empty when it has no such state. */
  readonly enabled: string;
}

export interface ArchiveList {
  readonly entries: number;
  /** Which of the wanted paths are not in it. */
  readonly missing: readonly string[];
}

export interface Mount {
  /** The id of /proc/self/mountinfo: two paths are renamed into each other only when it is the same. */
  readonly mountId: number;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export interface Process {
  readonly pid: number;
  readonly name: string;
  /** Field 22 of /proc/PID/stat: with the pid it names one process for good (of this boot). */
  readonly startTicks: string;
}

export interface Listener {
  /** Numeric address as text, `0.0.0.0`, `127.0.0.1`, `::1`. */
  readonly address: string;
  readonly port: number;
}

export interface SnapshotFile {
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, what must be equal on every host. */
  readonly sha256: string;
  /** True when the file starts as a bbolt database does (magic 0xED0CDAED at byte 16). */
  readonly isBolt: boolean;
  /** `absent`: not a file that `snapshot save` wrote (size % 512 != 32). */
  readonly trailer: 'valid' | 'wrong' | 'absent';
}

export interface SnapshotStatus {
  readonly hash: number;
  readonly revision: number;
  readonly totalKeys: number;
  readonly totalSizeBytes: number;
}

/** 64-bit ids are lower-case hex text without leading zeros, as etcd prints them. */
export interface EtcdStatus {
  readonly clusterId: string;
  readonly memberId: string;
  /** `0` when the member knows no leader. */
  readonly leaderId: string;
  readonly revision: number;
  readonly raftTerm: number;
  readonly raftIndex: number;
  readonly dbSizeBytes: number;
  readonly version: string;
  readonly isLearner: boolean;
}

export interface EtcdMember {
  readonly id: string;
  /** Empty while the member has not started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface EtcdMembers {
  readonly clusterId: string;
  readonly members: readonly EtcdMember[];
}

export interface EtcdHash {
  readonly hash: number;
  readonly revision: number;
  readonly compactRevision: number;
}

/** Made on the host: no key's value leaves it. */
export interface EtcdContent {
  /** SHA-256 over the sorted key, value and revisions of every key, without the answer's header. */
  readonly sha256: string;
  readonly keys: number;
  /** Keys for each second part of the key: `{ pods: 9000, secrets: 10 }`. */
  readonly keysByKind: { readonly [kind: string]: number };
}

/** What a tool said instead of an answer; a finding to weigh, not yet a failure. */
export interface NoAnswer {
  readonly reason: 'missing' | 'failed' | 'timed-out';
  readonly detail: string;
}

export type Waited =
  | { readonly reached: true; readonly waitedMs: number }
  | { readonly reached: false; readonly waitedMs: number; readonly lastSeen: string };
