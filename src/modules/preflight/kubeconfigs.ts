import { join } from '../../core/host-path.js';

/** As kubeadm calls them; a host has those of what runs there. */
export const KUBECONFIG_NAMES = [
  'admin.conf',
  'super-admin.conf',
  'controller-manager.conf',
  'scheduler.conf',
  'kubelet.conf',
] as const;

export const KUBECONFIGS = KUBECONFIG_NAMES.map((name) => join('/etc/kubernetes', name));
