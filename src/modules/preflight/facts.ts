import type { Failure } from '../../core/failure.js';
import type {
  Certificates,
  ClockReading,
  EtcdMembers,
  EtcdStatus,
  EtcdToolPair,
  FolderFile,
  Mount,
  Sockets,
  Space,
  Stat,
  Waited,
} from '../../core/question.js';
import type { Result } from '../../core/result.js';
import type { FoundLayout } from '../etcd/layout.js';
import type { PodManifest } from '../etcd/manifest.js';
import type { MemberDisks } from '../etcd/member-disks.js';
import type { Moved } from '../etcd/readdress.js';
import type { BackupRecord } from '../etcd/record.js';
import type { ToolSource } from '../etcd/tools.js';

/** Everything that was seen on one host before anything is touched: what the checks are made from. */
export interface Facts {
  readonly host: string;
  readonly address: string;
  readonly run: string;
  /** What belongs on this host, by the inventory. */
  readonly isMember: boolean;
  readonly isControlPlane: boolean;
  readonly manifestsDir: string;
  readonly parkedDir: string;
  readonly workDir: string;
  readonly record: BackupRecord | null;
  /** Would the restore save what it replaces, on the member that leads? */
  readonly keepsSafety: boolean;
  readonly clock: ClockReading;
  /** The kubelet's folder, file by file; null when there is none. */
  readonly folder: readonly PodFile[] | null;
  /** The pods that matter, from wherever their manifests are. */
  readonly etcd: FoundPod | null;
  /** Why a unit that runs etcd says nothing of it; null: there is none, or it does. */
  readonly unitRefusal: string | null;
  /** The unit of etcd’s does not start with the host; says something where `etcd` comes from a unit. */
  readonly unitIsDisabled: boolean;
  readonly apiserver: FoundPod | null;
  readonly kubelet: {
    readonly isRunning: boolean;
    /** Its configuration file; null: not there. */
    readonly config: string | null;
    /** Null: nothing listens where it would say how it is. */
    readonly health: Waited | null;
  };
  readonly etcdRuns: boolean;
  readonly apiserverRuns: boolean;
  /** The host's own. */
  readonly tools: EtcdToolPair;
  /** Which programs a restore would use; null: there are none to be had. */
  readonly toolsFrom: ToolSource | null;
  /** Programs of container runtimes that are on the host. */
  readonly runtimes: readonly string[];
  /** What the member said of itself; null when it was not asked or did not answer. */
  readonly live: Live | null;
  readonly silence: string | null;
  readonly past: Past;
  readonly certificates: Certificates | null;
  readonly encryptionConfigSha256: string | null;
  readonly sockets: Sockets;
  readonly places: readonly Place[];
  /** What the kubelet watches: its own directory's file system, and that of the images. */
  readonly nodeSpaces: readonly { readonly use: 'nodefs' | 'imagefs'; readonly space: Space }[];
  readonly dataDir: string | null;
  /** How the data would change places; null: nothing says where they are. */
  readonly swap: Result<FoundLayout, Failure> | null;
  /** Where they lie, whether or not they could change places. */
  readonly disks: MemberDisks | null;
  /** Files that etcd must read, with who may. */
  readonly etcdFiles: readonly { readonly path: string; readonly stat: Stat | null }[];
  readonly isSelinuxEnforcing: boolean;
  /** Holders of locks, as they wrote them. */
  readonly locks: readonly { readonly cluster: string; readonly holder: string }[];
  readonly leftovers: readonly { readonly path: string; readonly entries: readonly string[] }[];
  /** The host's own addresses, as the kernel has them; null: it does not say. */
  readonly addresses: readonly string[] | null;
  /** Where the host has another address than its manifest says; null: it has not. `etcd` and `apiserver` are as they will be. */
  readonly moved:
    | (Moved & { readonly apiserverFlags: readonly (readonly [string, string])[] })
    | null;
  /** Of each host that is left out, and of the old address of one that has moved: where somebody was looked for, and what was seen there. */
  readonly fenced: readonly FencedLook[];
}

export interface FencedLook {
  readonly host: string;
  readonly tried: readonly {
    readonly what: string;
    readonly address: string;
    readonly port: number;
    readonly seen: Waited;
  }[];
}

export interface PodFile extends FolderFile {
  /** `namespace/name`; null when it is no pod. */
  readonly pod: string | null;
}

/** Does a kubelet run anything here that a restore stops and starts? */
export function needsKubelet({ isControlPlane, etcd }: Facts): boolean {
  return isControlPlane || etcd?.source !== 'unit';
}

export interface FoundPod {
  readonly path: string;
  /** unit: systemd runs it, and paths are the host's own. */
  readonly source: 'manifests' | 'copy' | 'record' | 'unit';
  readonly manifest: PodManifest;
}

/** What tells where the data came from, and who was there before it. */
export interface Past {
  /** What the member says of itself alone; it may say it where no majority answers. */
  readonly status: EtcdStatus | null;
  /** Nodes that etcd knows; null: it was not asked, or did not answer. */
  readonly nodes: number | null;
  /** When `member` in the data directory was made, in seconds since 1970; null: nobody knows. */
  readonly dataBornS: number | null;
  /** Since when the API server runs; null: it does not. */
  readonly apiServerStartedS: number | null;
  /** What lies in the data directory besides `member`, and in `member` besides what etcd makes. */
  readonly strays: readonly string[];
  /** Those of them that are a data directory themselves: etcd does not see it. */
  readonly nested: readonly string[];
}

export interface Live {
  readonly status: EtcdStatus;
  readonly members: EtcdMembers;
  readonly alarms: readonly string[];
}

/** A directory that a restore writes to or moves things in. */
export interface Place {
  readonly what: 'manifests' | 'parked' | 'data' | 'wal' | 'work';
  readonly path: string;
  readonly mount: Mount;
  readonly space: Space;
}
