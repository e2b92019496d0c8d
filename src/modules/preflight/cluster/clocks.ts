import type { Finding } from '../../../core/finding.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

const driftMs = 1_000;
const skewMs = 30_000;

/** Only what is sure counts: however slow the way to a host, its clock lies between two bounds. */
export function checkClocks(reports: readonly HostReport[]): readonly Finding[] {
  const apart = reports.flatMap((report): Finding[] => {
    const { ahead_ms_min: min, ahead_ms_max: max } = report.clock;
    const byMs = Math.max(min, -max);
    if (byMs <= driftMs) return [];
    const way = min > 0 ? 'ahead of' : 'behind';
    const message = `the clock is at least ${seconds(byMs)} ${way} this machine’s`;
    return [found(byMs > skewMs ? 'clock-skew' : 'clock-drift', report.host, message)];
  });
  // Hosts may be apart from each other although each is near enough to this machine.
  return apart.length > 0 ? apart : between(reports);
}

function between(reports: readonly HostReport[]): readonly Finding[] {
  const pairs = reports.flatMap((a) =>
    reports.map((b) => ({ a, b, byMs: a.clock.ahead_ms_min - b.clock.ahead_ms_max })),
  );
  const [worst] = pairs.sort((one, other) => other.byMs - one.byMs);
  if (worst === undefined || worst.byMs <= driftMs) return [];
  const message = `the clock of ${worst.a.host} is at least ${seconds(worst.byMs)} ahead of ${worst.b.host}’s`;
  return [found(worst.byMs > skewMs ? 'clock-skew' : 'clock-drift', null, message)];
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}
