import type { Finding } from '../../../core/finding.js';
import { isWithin, nameOf } from '../../../core/host-path.js';
import type { Facts } from '../facts.js';
import { STOPPED } from '../first-look.js';
import { found } from '../found.js';

/** What other runs have left: parked manifests are a run that is not over, the rest only takes room. */
export function checkLeftovers({ host, leftovers, parkedDir, folder }: Facts): readonly Finding[] {
  const [parked, kept] = [true, false].map((inParked) =>
    leftovers.filter(
      ({ path, entries }) =>
        inParked === (isWithin(path, parkedDir) && entries.some((name) => name.endsWith('.yaml'))),
    ),
  );
  const isBack = (entry: string) => folder?.some(({ name }) => name === entry) === true;
  const findings = (parked ?? []).flatMap(({ path, entries }) => {
    if (nameOf(path) === STOPPED) {
      // A restore brings a pod back from its copy there, and leaves the copy.
      const waiting = entries.filter((name) => name.endsWith('.yaml') && !isBack(name));
      const message = `${waiting.join(', ')} wait in ${path}`;
      return waiting.length === 0 ? [] : [found('stopped-by-hand', host, message)];
    }
    const message = `another run has parked ${entries.join(', ')} in ${path}`;
    return [found('parked-by-other-run', host, message)];
  });
  const ofRuns = (kept ?? []).filter(({ path }) => nameOf(path) !== STOPPED);
  if (ofRuns.length === 0) return findings;
  const message = `${ofRuns.length} directories of other runs are left`;
  const paths = ofRuns.map(({ path }) => path).join('\n');
  return [...findings, found('leftovers', host, message, paths)];
}
