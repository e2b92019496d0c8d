import type { AnswersTo } from '../../core/ask.js';
import { join } from '../../core/host-path.js';
import type { FencedHost } from '../etcd/fenced.js';
import type { NewAddresses } from '../etcd/readdress.js';
import type { BackupRecord } from '../etcd/record.js';
import { unitQuestion } from '../etcd/unit/read-unit.js';
import { ADDRESS_QUESTIONS } from './local-addresses.js';

/** What a preflight is told of its host. */
export interface Where {
  readonly host: string;
  readonly address: string;
  readonly run: string;
  readonly is_member: boolean;
  readonly is_control_plane: boolean;
  readonly etcd_unit: string;
  readonly manifests_dir: string;
  readonly parked_dir: string;
  readonly work_dir: string;
  readonly copies: readonly string[];
  /** Directories on this machine with programs for hosts that lack them. */
  readonly uploads: readonly string[];
  readonly record: BackupRecord | null;
  readonly safety_snapshot: boolean;
  /** Hosts that are left out as down. */
  readonly fenced: readonly FencedHost[];
  /** Hosts that have another address than their manifest says. */
  readonly new_addresses: NewAddresses;
}

export const STATE_DIR = '/var/lib/runback';
/** Where stop-control-plane.yml parks, below the directory in which runs do. */
export const STOPPED = 'stopped';
export const KUBELET_DIR = '/var/lib/kubelet';
/** Programs of container runtimes with which a person can take a file out of an image. */
export const RUNTIMES = ['ctr', 'nerdctl', 'crictl', 'podman', 'docker'] as const;
const textBytesMax = 500_000;

/** What can be asked before anything is known. */
export const firstQuestions = ({ etcd_unit, manifests_dir, parked_dir, work_dir }: Where) =>
  ({
    unit: unitQuestion(etcd_unit),
    clock: { kind: 'clock' },
    folder: { kind: 'folder', path: manifests_dir, bytesMax: textBytesMax },
    processes: { kind: 'processes', names: ['etcd', 'kubelet', 'kube-apiserver'] },
    listening: { kind: 'listening' },
    kubeletConfig: { kind: 'read', path: join(KUBELET_DIR, 'config.yaml'), bytesMax: textBytesMax },
    // Where kubespray has it.
    otherConfig: {
      kind: 'read',
      path: '/etc/kubernetes/kubelet-config.yaml',
      bytesMax: textBytesMax,
    },
    tools: { kind: 'etcd-tools', folder: null, image: null, peerUrl: null },
    runtimes: { kind: 'tools', names: RUNTIMES },
    selinux: { kind: 'read', path: '/sys/fs/selinux/enforce', bytesMax: 10 },
    state: { kind: 'list', path: STATE_DIR },
    parkedRuns: { kind: 'list', path: parked_dir },
    workRuns: { kind: 'list', path: work_dir },
    ...ADDRESS_QUESTIONS,
  }) as const;

export type FirstLook = AnswersTo<ReturnType<typeof firstQuestions>>;
