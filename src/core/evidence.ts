import type { HostName } from './names.js';

/**
 * What one task proves on ALL hosts and a later task demands.
 * - `gone:etcd`: no such process runs and none of its ports is listened on.
 * - `same-snapshot`: the same bytes lie on every host.
 * - `staged`: the restored directory of this run is complete.
 * - `swapped`: the data directory is the one that this run restored.
 */
export type EvidenceKind = `gone:${string}` | 'same-snapshot' | 'staged' | 'swapped';

/**
 * May the proof be given on other hosts than those that need it? An etcd that still runs spoils the
 * directories of its own host; a client of it may run anywhere, and is proved gone where it runs.
 */
export function isOfCluster(kind: EvidenceKind): boolean {
  return kind.startsWith('gone:') && kind !== 'gone:etcd';
}

/** Evidence dies with the process that gathered it; it is never read from the journal. */
export interface Evidence {
  readonly kind: EvidenceKind;
  readonly hosts: readonly HostName[];
  readonly gatheredAtMs: number;
}
