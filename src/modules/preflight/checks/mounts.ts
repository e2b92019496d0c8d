import type { Finding } from '../../../core/finding.js';
import { join } from '../../../core/host-path.js';
import type { Facts, Place } from '../facts.js';
import { found } from '../found.js';

const WRITTEN: ReadonlySet<Place['what']> = new Set(['manifests', 'parked', 'data', 'work']);

/** Renames need one mount, and writing needs one that can be written. */
export function checkMounts(facts: Facts): readonly Finding[] {
  const { host, places } = facts;
  const at = (what: Place['what']) => places.find((place) => place.what === what);
  const findings = places
    .filter(({ what, mount }) => mount.readOnly && WRITTEN.has(what))
    .map(({ path, mount }) =>
      found(
        'read-only',
        host,
        `${path} is read-only`,
        `mounted at ${mount.mountPoint} (${mount.fsType})`,
      ),
    );
  const [manifests, parked] = [at('manifests'), at('parked')];
  if (manifests && parked && manifests.mount.mountId !== parked.mount.mountId) {
    const message = `${parked.path} is on another mount than ${manifests.path}`;
    const evidence = `${parked.mount.mountPoint} and ${manifests.mount.mountPoint}`;
    findings.push(found('parked-on-other-mount', host, message, evidence));
  }
  return [...findings, ...checkOverlay(facts), ...checkSwap(facts)];
}

/** A directory of the image below gets a new inode when it is first renamed, or is not renamed at all. */
function checkOverlay({ host, places }: Facts): readonly Finding[] {
  const on = places.filter(
    ({ what, mount }) => (what === 'data' || what === 'wal') && mount.fsType === 'overlay',
  );
  const [first] = on;
  if (first === undefined) return [];
  const message = `${first.path} is on an overlay file system`;
  const evidence = on.map(({ path, mount }) => `${path}: ${mount.mountPoint}`).join('\n');
  return [found('data-on-overlay', host, message, evidence)];
}

/** What is not swapped in the usual way: where it will be prepared, or why it cannot be. */
function checkSwap({ host, swap, workDir, places }: Facts): readonly Finding[] {
  if (swap === null) return [];
  if (!swap.ok) {
    const isSaid = swap.error.code === 'staging-read-only' && places.some(isReadOnlyData);
    if (isSaid) return [];
    return [found('data-not-movable', host, swap.error.message, swap.error.next)];
  }
  const { dataDir, layout } = swap.value;
  const { moved, staging_dir, wal_dir, wal_is_mount, wal_staging_dir } = layout;
  const findings: Finding[] = [];
  if (moved !== dataDir || staging_dir !== workDir) {
    const why = staging_dir === join(dataDir, '.runback') ? `${dataDir} is a mount point: ` : '';
    const message = `${why}${moved} is prepared in ${staging_dir}, and the old one is kept there`;
    findings.push(found('data-on-own-mount', host, message));
  }
  if (wal_dir !== '') {
    const what = wal_is_mount ? `the files of the WAL in ${wal_dir} are` : `the WAL ${wal_dir} is`;
    const message = `${what} prepared in ${wal_staging_dir}, and the old ones are kept there`;
    findings.push(found('data-on-own-mount', host, message));
  }
  return findings;
}

function isReadOnlyData({ what, mount }: Place): boolean {
  return what === 'data' && mount.readOnly;
}
