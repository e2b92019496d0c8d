import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** A dead kubelet never stops a pod, and never starts one. */
export function checkKubelet({ host, kubelet }: Facts): readonly Finding[] {
  if (!kubelet.isRunning) return [found('kubelet-dead', host, 'no kubelet runs on this host')];
  if (kubelet.health === null || kubelet.health.reached) return [];
  const message = 'the kubelet does not say that it is well (127.0.0.1:10248/healthz)';
  return [found('kubelet-unhealthy', host, message, kubelet.health.lastSeen)];
}
