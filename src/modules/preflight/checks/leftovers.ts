import type { Finding } from '../../../core/finding.js';
import { isWithin } from '../../../core/host-path.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** What other runs have left: parked manifests are a run that is not over, the rest only takes room. */
export function checkLeftovers({ host, leftovers, parkedDir }: Facts): readonly Finding[] {
  const [parked, kept] = [true, false].map((inParked) =>
    leftovers.filter(
      ({ path, entries }) =>
        inParked === (isWithin(path, parkedDir) && entries.some((name) => name.endsWith('.yaml'))),
    ),
  );
  const findings = (parked ?? []).map(({ path, entries }) => {
    const message = `another run has parked ${entries.join(', ')} in ${path}`;
    return found('parked-by-other-run', host, message);
  });
  if (kept === undefined || kept.length === 0) return findings;
  const message = `${kept.length} directories of other runs are left`;
  const paths = kept.map(({ path }) => path).join('\n');
  return [...findings, found('leftovers', host, message, paths)];
}
