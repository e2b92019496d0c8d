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

export interface ArchiveList {
  readonly entries: number;
  /** Which of the wanted paths are not in it. */
  readonly missing: readonly string[];
}

export interface Mount {
  /** What was asked for with every link resolved; it need not be there. */
  readonly realPath: string;
  /** Of the nearest thing that is there. A subvolume has another than what it lies in, and the same mount. */
  readonly device: string;
  /** The id of /proc/self/mountinfo: two paths are renamed into each other only when it is the same. */
  readonly mountId: number;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** A plain file of a folder. */
export interface FolderFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  /** As much of it as was asked for, without NUL bytes. */
  readonly text: string;
}

/** What the file system that holds a path, or its nearest ancestor, has left for ordinary users. */
export interface Space {
  /** What was measured: the path, or its nearest ancestor that is there. */
  readonly path: string;
  /** The file system's number on this host. */
  readonly device: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
  /** 0 in both: the file system does not count them. */
  readonly inodes: number;
  readonly freeInodes: number;
}

/**
 * A host's clock, read somewhere between two readings of ours: it is ahead of ours by something between
 * `atMs - answeredAtMs` and `atMs + resolutionMs - askedAtMs`.
 */
export interface ClockReading {
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  readonly atMs: number;
  /** 1 where the host reads milliseconds, 1,000 where its `date` knows only seconds. */
  readonly resolutionMs: number;
}

export interface Socket {
  readonly state: 'listening' | 'connected';
  readonly localAddress: string;
  readonly localPort: number;
  /** Empty and 0 for one that listens. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The process that holds it; null when none could be found. */
  readonly process: string | null;
}

export type Sockets = readonly Socket[];

export interface Certificate {
  /** The file, and which of its certificates, from 0. */
  readonly path: string;
  readonly index: number;
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly isAuthority: boolean;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly sha256: string;
  /** SHA-256 of its public key (SubjectPublicKeyInfo). */
  readonly keySha256: string;
  /** The `sha256` of every certificate of this answer whose key signed it. */
  readonly signedBy: readonly string[];
}

/** A key in a file, by the SHA-256 of its public half. */
export interface KeyFile {
  readonly path: string;
  readonly isPrivate: boolean;
  /** Null: the host has no openssl, or it could not read the key. */
  readonly keySha256: string | null;
}

/** Certificates of a kubeconfig, by the `path` that they have among the certificates; null: it has none. */
export interface Kubeconfig {
  readonly path: string;
  readonly client: string | null;
  readonly authority: string | null;
}

export interface Certificates {
  readonly hasOpenssl: boolean;
  readonly certificates: readonly Certificate[];
  readonly kubeconfigs: readonly Kubeconfig[];
  readonly keys: readonly KeyFile[];
  /** Named files that are not there. */
  readonly missing: readonly string[];
  /** Files that hold what nobody can read as a certificate or a key. */
  readonly unreadable: readonly string[];
}

export interface Process {
  readonly pid: number;
  readonly name: string;
  /** Field 22 of /proc/PID/stat: with the pid it names one process for good (of this boot). */
  readonly startTicks: string;
}

/** Seconds since 1970 by the host's own clock. */
export interface Ages {
  /** Null: it is not there, or its file system does not keep when it was made. */
  readonly bornS: { readonly [path: string]: number | null };
  readonly processes: readonly { readonly name: string; readonly startedS: number }[];
}

export interface Listener {
  /** Numeric address as text, `0.0.0.0`, `127.0.0.1`, `::1`. */
  readonly address: string;
  readonly port: number;
}

/** A program of etcd's that was found and tried. */
export interface EtcdTool {
  readonly path: string;
  /** Null: it did not say one, as when it is another machine's. */
  readonly version: string | null;
  /** What it said instead; empty where there is a version. */
  readonly said: string;
}

/** The programs of one place; null: not there. */
export interface EtcdToolPair {
  readonly etcdctl: EtcdTool | null;
  readonly etcdutl: EtcdTool | null;
}

export interface EtcdTools {
  /** On the host's own search path. */
  readonly host: EtcdToolPair;
  /** In the folder that was asked for. */
  readonly folder: EtcdToolPair;
  /** Where the running etcd sees its own, in its container or not, by paths that the host can open. */
  readonly running: EtcdToolPair;
  /** Of the etcd that runs; null: none does, or it does not say. */
  readonly runningVersion: string | null;
  /** The host's `ctr`, where containerd holds the image that was asked for; else null. */
  readonly imageThrough: string | null;
}

/** Whose log: a container of kube-system, by its name in the pod, or a unit of systemd. */
export type LogSource = { readonly container: string } | { readonly unit: string };

export interface LogTail {
  /** The file or the program that it is from. */
  readonly from: string;
  /** Its last bytes; the first line may be cut. */
  readonly text: string;
}

/** By name: system, time, memory, disks, mounts, processes, listeners, containers, units, kernel. */
export interface Survey {
  readonly sections: { readonly [name: string]: string };
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

export interface EtcdCount {
  readonly keys: number;
}

export interface EtcdKeys {
  readonly keys: readonly string[];
}

/** What a tool said instead of an answer; a finding to weigh, not yet a failure. */
export interface NoAnswer {
  readonly reason: 'missing' | 'failed' | 'timed-out';
  readonly detail: string;
}

export type Waited =
  /** `note`: what could not be looked at. */
  | { readonly reached: true; readonly waitedMs: number; readonly note?: string }
  | { readonly reached: false; readonly waitedMs: number; readonly lastSeen: string };
