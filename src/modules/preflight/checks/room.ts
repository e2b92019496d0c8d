import type { Finding } from '../../../core/finding.js';
import { type Evictions, evictionsIn } from '../evictions.js';
import type { Facts, Place } from '../facts.js';
import { found } from '../found.js';

/** etcd preallocates two WAL files of 64 MiB. */
const walBytes = 128 * 1_024 ** 2;
/** Directories, WAL, database, markers and parked manifests of one restore, with air. */
const inodesNeeded = 200;

/**
 * What a restore writes where: the snapshot and the new data directory. The old one stays where it is, so
 * nothing is freed. What is left must be above what makes the kubelet evict pods.
 */
export function checkRoom(facts: Facts): readonly Finding[] {
  const work = facts.places.find(({ what }) => what === 'work');
  if (work === undefined) return [];
  const { host, record, live } = facts;
  const databaseBytes = record?.snapshot.size_bytes ?? live?.status.dbSizeBytes ?? 0;
  const neededBytes = 2 * databaseBytes + walBytes;
  const evictions = evictionsIn(facts.kubelet.config);
  const { space } = work;
  const findings: Finding[] = [];
  const reserveBytes = reserveOn(work, facts, evictions);
  if (space.freeBytes - neededBytes < reserveBytes) {
    const message = `${work.mount.mountPoint} has ${megabytes(space.freeBytes)} free, and a restore needs ${megabytes(neededBytes)}`;
    const evidence = [
      `twice ${megabytes(databaseBytes)} for the snapshot and the new database, ${megabytes(walBytes)} for the WAL`,
      `the kubelet evicts pods below ${megabytes(reserveBytes)} of ${megabytes(space.sizeBytes)}`,
    ].join('\n');
    findings.push(found('no-room', host, message, evidence));
  }
  const reserveInodes = isOn(work, facts, 'nodefs') ? evictions.nodefsInodes(space.inodes) : 0;
  if (space.inodes > 0 && space.freeInodes - inodesNeeded < reserveInodes) {
    const message = `${work.mount.mountPoint} has ${space.freeInodes} of ${space.inodes} inodes free`;
    findings.push(
      found(
        'no-inodes',
        host,
        message,
        `the kubelet evicts pods below ${Math.ceil(reserveInodes)}`,
      ),
    );
  }
  return findings;
}

function reserveOn(place: Place, facts: Facts, evictions: Evictions): number {
  const { sizeBytes } = place.space;
  return Math.max(
    isOn(place, facts, 'nodefs') ? evictions.nodefsBytes(sizeBytes) : 0,
    isOn(place, facts, 'imagefs') ? evictions.imagefsBytes(sizeBytes) : 0,
  );
}

/** The kubelet looks at no other file systems than its own and the images'. */
function isOn({ space }: Place, { nodeSpaces }: Facts, use: 'nodefs' | 'imagefs'): boolean {
  return nodeSpaces.some((one) => one.use === use && one.space.device === space.device);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
