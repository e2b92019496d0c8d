import type { Finding } from '../../../core/finding.js';
import type { Facts, Place } from '../facts.js';
import { found } from '../found.js';

const WRITTEN: ReadonlySet<Place['what']> = new Set(['manifests', 'parked', 'data-parent', 'work']);

/** Renames need one mount, and writing needs one that can be written. */
export function checkMounts({ host, places }: Facts): readonly Finding[] {
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
  const [data, parent, wal] = [at('data'), at('data-parent'), at('wal')];
  if (data && parent && data.mount.mountId !== parent.mount.mountId) {
    findings.push(found('data-on-own-mount', host, `${data.path} is a mount of its own`));
  }
  if (wal && data && wal.mount.mountId !== data.mount.mountId) {
    findings.push(
      found('data-on-own-mount', host, `${wal.path} is on another mount than ${data.path}`),
    );
  }
  return findings;
}
