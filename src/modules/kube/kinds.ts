import type { Finding, FindingKind } from '../../core/finding.js';
import type { HostName } from '../../core/names.js';

function warning(means: string, remedy: string): FindingKind {
  return { severity: 'warning', neverBecause: null, means, remedy };
}

function note(means: string, remedy: string): FindingKind {
  return { severity: 'note', neverBecause: null, means, remedy };
}

/** What may be found after a restore. It is done: none of these stops anything. */
export const AFTER_KINDS = {
  'secrets-not-all-readable': warning(
    'An API server cannot read every Secret: its encryption key is not the one that they were written with.',
    'bring the encryption-provider-config of the backup’s time back to that host and restart its API server; until then nothing that needs these Secrets works',
  ),
  'api-not-asked': warning(
    'Nobody could ask the API: what came back was not looked at.',
    'see why; then `runback run playbooks/after-restore.yml` looks again',
  ),
  'partly-not-asked': note(
    'Something could not be looked at.',
    'see why; then `runback run playbooks/after-restore.yml` looks again',
  ),
  'counts-differ': warning(
    'The API serves another number of objects than the backup’s record counts.',
    'see what was made or taken away since; of an older record count by hand',
  ),
  'node-silent': warning(
    'A node that the inventory names has not reported since the restore.',
    'see that its kubelet runs and reaches the API: systemctl restart kubelet',
  ),
  'node-stale': warning(
    'A node that the inventory does not name has not reported: it may have been removed since the backup.',
    'if it is gone for good: kubectl delete node NAME',
  ),
  'node-not-ready': note(
    'A node reports, and is not ready.',
    'wait a minute; then: kubectl describe node NAME',
  ),
  'phantom-pods': warning(
    'Pods run that the API does not know: they were made after the backup.',
    'a restarted kubelet ends them within minutes; what is left then: crictl stopp ID, crictl rmp ID',
  ),
  'dead-masterlease': warning(
    'etcd holds an address for an API server that is none: the Service kubernetes may lead there.',
    'it goes by itself 15 s after the restore; look again, and if it stays: etcdctl del /registry/masterleases/ADDRESS',
  ),
  'signing-requests-pending': note(
    'Certificate signing requests wait for a decision.',
    'kubectl get csr; approve those whose nodes you know: kubectl certificate approve NAME',
  ),
  'caches-stale': warning(
    'The revision was not raised: whoever watches may go on with what it saw before the restore.',
    'restart what watches: kubelets (playbooks/restart-kubelets.yml), then kubectl -n kube-system rollout restart daemonset/kube-proxy, your CNI’s daemonset, and operators',
  ),
  'leases-anew': note(
    'Every lease of etcd began anew with its whole time to live, when the restored members started.',
    'nothing: leader elections and events only last a little longer than usual',
  ),
  'workers-not-restarted': warning(
    'The kubelets of these workers go on as they were: they were not reached, failed, or were not to be restarted.',
    'when they are back: runback run playbooks/restart-kubelets.yml -i INVENTORY',
  ),
} as const satisfies { readonly [code: string]: FindingKind };

export type AfterCode = keyof typeof AFTER_KINDS;

export function foundAfter(
  code: AfterCode,
  host: string | null,
  message: string,
  evidence = '',
): Finding {
  const { severity, remedy } = AFTER_KINDS[code];
  const where = host as HostName | null;
  return {
    code,
    severity,
    host: where,
    message,
    evidence,
    remedy,
    acceptable: true,
    accepted: false,
  };
}
