import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** What etcd takes for its quota when no flag says it: 2 GiB. */
const defaultQuotaBytes = 2 * 1_024 ** 3;
const nearPercent = 80;

/** Alarms that are raised, and the database against its quota: now, and with the snapshot in it. */
export function checkAlarms({ host, live, etcd, record }: Facts): readonly Finding[] {
  const written = Number(etcd?.manifest.flags.get('quota-backend-bytes') ?? 0);
  const quota = written > 0 ? written : defaultQuotaBytes;
  const findings: Finding[] = [];
  const alarms = [...new Set(live?.alarms ?? [])];
  if (alarms.length > 0) {
    findings.push(found('alarm', host, `etcd has raised the alarm ${alarms.join(', ')}`));
  }
  const dbBytes = live?.status.dbSizeBytes ?? 0;
  if (dbBytes * 100 > quota * nearPercent) {
    const message = `the database has ${dbBytes} bytes, and the quota is ${quota}`;
    findings.push(found('db-near-quota', host, message));
  }
  const snapshotBytes = record?.snapshot.size_bytes ?? 0;
  if (snapshotBytes >= quota) {
    const message = `the snapshot has ${snapshotBytes} bytes, and the quota is ${quota}`;
    findings.push(found('snapshot-over-quota', host, message));
  }
  return findings;
}
