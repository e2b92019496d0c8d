import type { Finding } from '../../../core/finding.js';
import type { BackupRecord } from '../../etcd/record.js';
import { differs, differsFromBackup, UNKNOWN } from '../fingerprints.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/** CAs, sa.key and encryption keys: the same on all hosts, and the same as when the backup was taken. */
export function checkFingerprints(
  reports: readonly HostReport[],
  record: BackupRecord | null,
): readonly Finding[] {
  const names = [...new Set(reports.flatMap(({ fingerprints }) => Object.keys(fingerprints)))];
  return [
    ...names.flatMap((name) => amongHosts(name, reports)),
    ...(record === null ? [] : withBackup(names, reports, record)),
  ];
}

/** Named by the hosts that are alone with theirs, where most of them agree. */
function amongHosts(name: string, reports: readonly HostReport[]): readonly Finding[] {
  const seen = valuesOf(name, reports);
  const counts = new Map<string, number>();
  for (const { value } of seen) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size < 2) return [];
  const most = Math.max(...counts.values());
  const usual = [...counts].filter(([, count]) => count === most).map(([value]) => value);
  const evidence = seen.map(({ host, value }) => `${host}: ${short(value)}`).join('\n');
  if (usual.length > 1) {
    return [found(differs(name), null, `${name} differs between the hosts`, evidence)];
  }
  return seen
    .filter(({ value }) => value !== usual[0])
    .map(({ host }) =>
      found(differs(name), host, `${name} is not what it is on the other hosts`, evidence),
    );
}

function withBackup(
  names: readonly string[],
  reports: readonly HostReport[],
  record: BackupRecord,
): readonly Finding[] {
  const recorded = record.hosts.flatMap(({ fingerprints = {} }) => Object.entries(fingerprints));
  if (recorded.length === 0) {
    const message = 'the record holds no fingerprints of CAs and keys';
    return [found('no-fingerprints', null, message)];
  }
  return names.flatMap((name) => {
    const then = new Set(recorded.filter(([one]) => one === name).map(([, value]) => value));
    if (then.size === 0 || then.has(UNKNOWN)) return [];
    return valuesOf(name, reports)
      .filter(({ value }) => !then.has(value))
      .map(({ host, value }) => {
        const message = `${name} is not what it was when the backup was taken`;
        const evidence = `then ${[...then].map(short).join(' or ')}\nnow ${short(value)}`;
        return found(differsFromBackup(name), host, message, evidence);
      });
  });
}

/** Of the hosts that have it; a key that could not be read says nothing. */
function valuesOf(name: string, reports: readonly HostReport[]) {
  return reports.flatMap(({ host, fingerprints }) => {
    const value = fingerprints[name];
    return value === undefined || value === UNKNOWN ? [] : [{ host, value }];
  });
}

/** Enough to compare by eye. */
function short(value: string): string {
  return value
    .split(' ')
    .map((one) => one.slice(0, 16))
    .join(' ');
}
