import type { Resource } from './resource.js';

/** How to reach one etcd member read-only: its client URL and the files on its host that open it. */
export interface EtcdAccess {
  readonly etcdctl: string;
  readonly endpoint: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * The closed set of questions that a host can be asked. None changes anything: read-only by type.
 * Bounded questions (`timeoutMs`) are polled inside the host, so that no round trip is spent on waiting.
 */
export type Question =
  | { readonly kind: 'stat'; readonly path: string }
  | { readonly kind: 'list'; readonly path: string }
  | { readonly kind: 'read'; readonly path: string; readonly bytesMax: number }
  | { readonly kind: 'digest'; readonly path: string }
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'processes'; readonly names: readonly string[] }
  | { readonly kind: 'listening' }
  | { readonly kind: 'tools'; readonly names: readonly string[] }
  | { readonly kind: 'snapshot-file'; readonly path: string }
  | { readonly kind: 'snapshot-status'; readonly tool: string; readonly path: string }
  | { readonly kind: 'etcd-tool-version'; readonly tool: string }
  | { readonly kind: 'etcd-status'; readonly access: EtcdAccess }
  | { readonly kind: 'etcd-members'; readonly access: EtcdAccess }
  | { readonly kind: 'etcd-alarms'; readonly access: EtcdAccess }
  | { readonly kind: 'etcd-hashkv'; readonly access: EtcdAccess; readonly revision: number }
  | {
      readonly kind: 'etcd-content';
      readonly access: EtcdAccess;
      /** The revision to read at; the newest when absent. */
      readonly revision?: number;
    }
  | {
      /** Answers when none of the processes runs and none of the ports is listened on, or when time is up. */
      readonly kind: 'wait-gone';
      readonly processes: readonly string[];
      readonly ports: readonly number[];
      readonly timeoutMs: number;
    }
  | {
      /** Answers when every process runs and every port is listened on, or when time is up. */
      readonly kind: 'wait-running';
      readonly processes: readonly string[];
      readonly ports: readonly number[];
      readonly timeoutMs: number;
    }
  | {
      /** Answers when this member serves a linearizable read (there is a quorum), or when time is up. */
      readonly kind: 'wait-etcd-healthy';
      readonly access: EtcdAccess;
      readonly timeoutMs: number;
    };

export type QuestionKind = Question['kind'];

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

interface Answers {
  stat: Stat | null;
  list: readonly string[] | null;
  read: { readonly text: string; readonly sizeBytes: number } | null;
  digest: { readonly sha256: string; readonly sizeBytes: number } | null;
  mount: Mount;
  processes: readonly Process[];
  listening: readonly Listener[];
  /** Absolute path of each program, null when it is not on the host. */
  tools: { readonly [name: string]: string | null };
  'snapshot-file': SnapshotFile | null;
  'snapshot-status': SnapshotStatus | NoAnswer;
  'etcd-tool-version': { readonly version: string } | NoAnswer;
  'etcd-status': EtcdStatus | NoAnswer;
  'etcd-members': EtcdMembers | NoAnswer;
  'etcd-alarms': { readonly alarms: readonly string[] } | NoAnswer;
  'etcd-hashkv': EtcdHash | NoAnswer;
  'etcd-content': EtcdContent | NoAnswer;
  'wait-gone': Waited;
  'wait-running': Waited;
  'wait-etcd-healthy': Waited;
}

export type AnswerTo<Q extends Question> = Answers[Q['kind']];
export type Answer = Answers[QuestionKind];

export function isNoAnswer(answer: object): answer is NoAnswer {
  return 'reason' in answer;
}

/** What a question looks at: what a dry run compares with the changes that are still pending. */
export function seenBy(question: Question): readonly Resource[] {
  switch (question.kind) {
    case 'stat':
    case 'list':
    case 'read':
    case 'digest':
    case 'snapshot-file':
    case 'snapshot-status':
      return [{ kind: 'path', path: question.path }];
    case 'mount':
    case 'tools':
    case 'etcd-tool-version':
      return [];
    case 'processes':
      return question.names.map((name) => ({ kind: 'process', name }));
    case 'listening':
      return [{ kind: 'ports' }];
    case 'wait-gone':
    case 'wait-running': {
      const processes = question.processes.map((name): Resource => ({ kind: 'process', name }));
      return question.ports.length === 0 ? processes : [...processes, { kind: 'ports' }];
    }
    case 'etcd-status':
    case 'etcd-members':
    case 'etcd-alarms':
    case 'etcd-hashkv':
    case 'etcd-content':
    case 'wait-etcd-healthy':
      return [{ kind: 'etcd' }];
  }
}
