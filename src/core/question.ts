import type {
  Accounts,
  Ages,
  ArchiveList,
  Certificates,
  ClockReading,
  EtcdContent,
  EtcdCount,
  EtcdHash,
  EtcdKeys,
  EtcdMembers,
  EtcdStatus,
  EtcdTools,
  FolderFile,
  Listener,
  LogSource,
  LogTail,
  Mount,
  NoAnswer,
  Process,
  SnapshotFile,
  SnapshotStatus,
  Sockets,
  Space,
  Stat,
  Survey,
  Waited,
} from './answer.js';
import type { EtcdAccess, ListeningPort } from './endpoint.js';
import type { EtcdIdentity } from './etcd-identity.js';
import type { KubeAccess, KubeKind } from './kube-access.js';
import type { KubeObjects, RuntimePods } from './kube-answer.js';
import type { Unit, UnitSettings } from './unit.js';

export type * from './answer.js';
export type * from './endpoint.js';
export type * from './etcd-identity.js';
export type * from './kube-access.js';
export type * from './kube-answer.js';
export type * from './unit.js';

/**
 * The closed set of questions that a host can be asked. None changes anything: read-only by type.
 * Bounded questions (`timeoutMs`) are polled inside the host, so that no round trip is spent on waiting.
 */
export type Question =
  | {
      readonly kind: 'stat';
      readonly path: string;
      /** Of what a link leads to. */
      readonly follow?: true;
    }
  | { readonly kind: 'list'; readonly path: string }
  | { readonly kind: 'read'; readonly path: string; readonly bytesMax: number }
  | { readonly kind: 'digest'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string }
  | { readonly kind: 'label'; readonly path: string }
  | {
      readonly kind: 'accounts';
      readonly users: readonly string[];
      readonly groups: readonly string[];
    }
  | { readonly kind: 'unit'; readonly unit: string }
  /** How systemd would start a unit, and how it runs now: of its variables only those with this prefix. */
  | { readonly kind: 'unit-settings'; readonly unit: string; readonly prefix: string }
  | {
      /** Reads an archive to its end, and looks in it for these paths. */
      readonly kind: 'archive-list';
      readonly path: string;
      readonly compression: Compression;
      readonly wanted: readonly string[];
    }
  | { readonly kind: 'mount'; readonly path: string }
  | {
      /** Every plain file of a folder with what is in it, at most 100 files; null: there is no folder. */
      readonly kind: 'folder';
      readonly path: string;
      readonly bytesMax: number;
    }
  | { readonly kind: 'space'; readonly path: string }
  | { readonly kind: 'clock' }
  | {
      /** Who listens on and who is connected to or from these ports, with the process where it is local. */
      readonly kind: 'sockets';
      readonly ports: readonly number[];
    }
  | {
      /** Certificates and keys in these files and below these folders. No private key is ever read out. */
      readonly kind: 'certificates';
      readonly paths: readonly string[];
      /** Those of these that are there: what certificates they hold or name. */
      readonly kubeconfigs?: readonly string[];
    }
  | {
      readonly kind: 'processes';
      readonly names: readonly string[];
      /** Of those called etcd leaves out who is surely another than this; see EtcdIdentity. */
      readonly member?: EtcdIdentity;
    }
  | { readonly kind: 'listening' }
  | {
      /** When these paths were made, and since when these processes run. */
      readonly kind: 'ages';
      readonly paths: readonly string[];
      readonly processes: readonly string[];
    }
  | { readonly kind: 'tools'; readonly names: readonly string[] }
  | {
      /** The end of what a container of the control plane or a unit of systemd has written. */
      readonly kind: 'log';
      readonly of: LogSource;
      readonly bytesMax: number;
    }
  /** What the host's own programs say of it: disks, mounts, containers, units, the kernel. */
  | { readonly kind: 'survey' }
  | { readonly kind: 'snapshot-file'; readonly path: string }
  | {
      readonly kind: 'snapshot-status';
      readonly tool: string;
      readonly path: string;
      readonly timeoutMs: number;
    }
  | {
      /** Where etcdctl and etcdutl are, or could be had from. Each that is found is run once, for its version. */
      readonly kind: 'etcd-tools';
      readonly folder: string | null;
      readonly image: string | null;
      /** A peer URL of the etcd that counts, of several: it is told it by words or environment. Null: any. */
      readonly peerUrl: string | null;
    }
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
      /** How many keys begin with this, as this member has it. */
      readonly kind: 'etcd-count';
      readonly access: EtcdAccess;
      readonly prefix: string;
    }
  | {
      /** The names of keys, and no value, below a folder of etcd's. */
      readonly kind: 'etcd-keys';
      readonly access: EtcdAccess;
      readonly below: '/registry/masterleases/';
    }
  | { readonly kind: 'etcd-leases'; readonly access: EtcdAccess }
  | {
      /** All objects of one kind, read to the last page, with a few of their fields; see KubeObjects. */
      readonly kind: 'kube-list';
      readonly access: KubeAccess;
      readonly of: KubeKind;
    }
  | {
      /** The pods that run on this host, as its container runtime knows them. */
      readonly kind: 'runtime-pods';
    }
  | {
      /** What a directory and all in it take on the disk. */
      readonly kind: 'tree-size';
      readonly path: string;
    }
  | {
      /** Answers when none of the processes runs and none of the ports is listened on, or when time is up. */
      readonly kind: 'wait-gone';
      readonly processes: readonly string[];
      readonly ports: readonly ListeningPort[];
      /**
       * Static pods of which the container runtime may hold no ready sandbox either: a sandbox is there
       * before the process is. Where crictl is missing or does not answer, `note` says so.
       */
      readonly sandboxes?: readonly string[];
      readonly member?: EtcdIdentity;
      /** For how long on end nothing may be seen: something may be about to start. */
      readonly quietMs?: number;
      readonly timeoutMs: number;
    }
  | {
      /** Answers when every process runs and every port is listened on, or when time is up. */
      readonly kind: 'wait-running';
      readonly processes: readonly string[];
      readonly ports: readonly ListeningPort[];
      readonly member?: EtcdIdentity;
      /** These do not count: they are about to end, and others must run in their place. */
      readonly except?: readonly Process[];
      readonly timeoutMs: number;
    }
  | {
      /** Answers when this member serves a linearizable read (there is a quorum), or when time is up. */
      readonly kind: 'wait-etcd-healthy';
      readonly access: EtcdAccess;
      readonly timeoutMs: number;
    }
  | {
      /** Answers when the path is there (or is not), or when time is up. */
      readonly kind: 'wait-path';
      readonly path: string;
      readonly present: boolean;
      readonly timeoutMs: number;
    }
  | {
      /** Answers when a connection to the port is taken (or is not), or when time is up. */
      readonly kind: 'wait-port';
      readonly address: string;
      readonly port: number;
      readonly open: boolean;
      readonly timeoutMs: number;
    }
  | {
      /** Answers when a GET of the URL ends with one of these statuses, or when time is up. */
      readonly kind: 'wait-http';
      readonly url: string;
      readonly statuses: readonly number[];
      readonly caFile: string | null;
      readonly certFile: string | null;
      readonly keyFile: string | null;
      readonly timeoutMs: number;
    }
  | {
      /** Answers when every node has renewed its lease since it was asked, or when time is up. */
      readonly kind: 'wait-kube-nodes';
      readonly access: KubeAccess;
      readonly timeoutMs: number;
    }
  | {
      /** Answers when the unit is active (or is not), when it has failed, or when time is up. */
      readonly kind: 'wait-unit';
      readonly unit: string;
      readonly active: boolean;
      readonly timeoutMs: number;
    };

export type Compression = 'none' | 'gzip' | 'zstd';

export type QuestionKind = Question['kind'];

interface Answers {
  stat: Stat | null;
  list: readonly string[] | null;
  read: { readonly text: string; readonly sizeBytes: number } | null;
  digest: { readonly sha256: string; readonly sizeBytes: number } | null;
  link: { readonly target: string } | null;
  /** security.selinux; null: there is nothing, it carries none, or the host's stat knows of none. */
  label: { readonly label: string } | null;
  accounts: Accounts;
  unit: Unit | NoAnswer;
  'unit-settings': UnitSettings | NoAnswer;
  'archive-list': ArchiveList | NoAnswer;
  mount: Mount;
  folder: readonly FolderFile[] | null;
  space: Space;
  clock: ClockReading;
  sockets: Sockets;
  certificates: Certificates;
  processes: readonly Process[];
  listening: readonly Listener[];
  ages: Ages;
  /** Absolute path of each program, null when it is not on the host. */
  tools: { readonly [name: string]: string | null };
  log: LogTail | NoAnswer;
  survey: Survey;
  'snapshot-file': SnapshotFile | null;
  'snapshot-status': SnapshotStatus | NoAnswer;
  'etcd-tools': EtcdTools;
  'etcd-status': EtcdStatus | NoAnswer;
  'etcd-members': EtcdMembers | NoAnswer;
  'etcd-alarms': { readonly alarms: readonly string[] } | NoAnswer;
  'etcd-hashkv': EtcdHash | NoAnswer;
  'etcd-content': EtcdContent | NoAnswer;
  'etcd-count': EtcdCount | NoAnswer;
  'etcd-keys': EtcdKeys | NoAnswer;
  'etcd-leases': { readonly count: number } | NoAnswer;
  'kube-list': KubeObjects | NoAnswer;
  'runtime-pods': RuntimePods | NoAnswer;
  'tree-size': { readonly sizeBytes: number } | null;
  'wait-gone': Waited;
  'wait-running': Waited;
  'wait-etcd-healthy': Waited;
  'wait-path': Waited;
  'wait-port': Waited;
  'wait-http': Waited;
  'wait-kube-nodes': Waited;
  'wait-unit': Waited;
}

export type AnswerTo<Q extends Question> = Answers[Q['kind']];
export type Answer = Answers[QuestionKind];

export function isNoAnswer(answer: object): answer is NoAnswer {
  return 'reason' in answer;
}
