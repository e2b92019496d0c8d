import type { Task } from '../../../src/core/plan.js';

/** The parts of a story that a fault can fall into, as a person would name them. */
export const PHASES = [
  'connect and lock',
  'look',
  'send',
  'stage',
  'park the API',
  'prove gone',
  'stop etcd',
  'swap',
  'start etcd',
  'prove',
  'bring back',
  'workers',
  'snapshot',
  'fetch and record',
  'undo stage and send',
  'undo parking',
  'undo stopping',
  'undo swap',
  'undo start',
  'other undo',
] as const;

export type Phase = (typeof PHASES)[number];

export const FORWARD: { readonly [playbook in 'restore' | 'backup']: readonly Phase[] } = {
  restore: PHASES.slice(0, 12),
  backup: ['connect and lock', 'look', 'snapshot', 'fetch and record'],
};

/** Read off the module and the task's own words: the shipped playbooks may move their tasks about. */
export function phaseOf(task: Pick<Task, 'module' | 'name'>): Phase {
  switch (task.module) {
    case 'send_file':
      return 'send';
    case 'etcd_restore':
      return 'stage';
    case 'static_pods_gone':
    case 'etcd_member_gone':
      return 'prove gone';
    case 'etcd_swap':
      return 'swap';
    case 'etcd_quorum':
    case 'etcd_proof':
      return 'prove';
    case 'etcd_snapshot':
      return 'snapshot';
    case 'fetch_file':
    case 'backup_record':
    case 'discard_copy':
      return 'fetch and record';
    case 'static_pods':
    case 'etcd_member':
      return ofPods(task.name);
    case 'etcd_safety_snapshot':
      return 'stop etcd';
    case 'service':
      return ofKubelets(task.name);
    case 'kube_ready':
    case 'kube_nodes':
    case 'etcd_leftovers':
    case 'kept':
    case 'kube_look':
    case 'kube_report':
    case 'debug':
      return 'bring back';
    default:
      return 'look';
  }
}

function ofKubelets(name: string): Phase {
  if (name.includes('worker')) return 'workers';
  return name.startsWith('Restart') ? 'bring back' : 'look';
}

function ofPods(name: string): Phase {
  if (name.startsWith('Stop etcd')) return 'stop etcd';
  if (name.startsWith('Park')) return 'park the API';
  if (name.startsWith('Start etcd')) return 'start etcd';
  return 'bring back';
}

export function undoOf(phase: Phase): Phase {
  switch (phase) {
    case 'send':
    case 'stage':
      return 'undo stage and send';
    case 'park the API':
      return 'undo parking';
    case 'stop etcd':
      return 'undo stopping';
    case 'swap':
      return 'undo swap';
    case 'start etcd':
      return 'undo start';
    default:
      return 'other undo';
  }
}
