import { CONTROLLER, type HostName } from '../core/names.js';
import { isLocked } from '../core/plan.js';
import type { Context } from './context.js';

/** Only the cluster's own hosts hold its lock, so only there can an epoch be checked. */
export function fenceOf(context: Context, machine: HostName) {
  const { plan } = context.request;
  const { cluster } = plan;
  if (cluster === null || machine === CONTROLLER || !isLocked(plan, machine)) return null;
  return { cluster, epoch: context.history.epoch };
}
