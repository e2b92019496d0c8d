import { CONTROLLER, type HostName } from '../core/names.js';
import type { Context } from './context.js';

/** Only the cluster's own hosts hold its lock, so only there can an epoch be checked. */
export function fenceOf(context: Context, machine: HostName) {
  const { cluster, lockHosts } = context.request.plan;
  if (cluster === null || machine === CONTROLLER || !lockHosts.includes(machine)) return null;
  return { cluster, epoch: context.history.epoch };
}
