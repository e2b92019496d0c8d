import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** What runs here, or will, and nobody would stop: the groups of the inventory say what is stopped where. */
export function checkBelonging(facts: Facts): readonly Finding[] {
  const { host, isMember, isControlPlane, etcd, apiserver, apiserverRuns } = facts;
  const findings: Finding[] = [];
  if (!isMember && etcd !== null) {
    const message = 'etcd runs here as a static pod, and the host is not in the group etcd';
    findings.push(found('member-outside-group', host, message, etcd.path));
  }
  if (!isControlPlane && (apiserver !== null || apiserverRuns)) {
    const message = 'an API server runs here, and the host is not in the group kube_control_plane';
    const evidence = apiserver?.path ?? 'a process called kube-apiserver';
    findings.push(found('api-server-outside-group', host, message, evidence));
  }
  const hasManifest = apiserver !== null && apiserver.source !== 'record';
  if (isControlPlane && apiserverRuns && !hasManifest) {
    const message = 'an API server runs here, and no static pod’s manifest says so';
    const evidence = `looked in ${facts.manifestsDir}: perhaps a unit of systemd starts it`;
    findings.push(found('api-server-not-static-pod', host, message, evidence));
  }
  return findings;
}
