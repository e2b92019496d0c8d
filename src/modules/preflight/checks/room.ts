import type { Finding } from '../../../core/finding.js';
import { type Evictions, evictionsIn } from '../evictions.js';
import type { Facts, Place } from '../facts.js';
import { found } from '../found.js';

/** etcd preallocates two WAL files of 64 MiB. */
const walBytes = 128 * 1_024 ** 2;
/** etcdctl and etcdutl of 3.5 have some 17 MB each. */
const programsBytes = 64e6;
/** Directories, WAL, database, markers and parked manifests of one restore, with air. */
const inodesNeeded = 200;

/** What is written to one file system. */
interface Written {
  readonly place: Place;
  readonly bytes: number;
  readonly what: readonly string[];
}

/**
 * What a restore writes where: the snapshot, the new database and its WAL, each perhaps on a disk of its
 * own. The old ones stay where they are, so nothing is freed. What is left must be above what makes the
 * kubelet evict pods.
 */
export function checkRoom(facts: Facts): readonly Finding[] {
  const evictions = evictionsIn(facts.kubelet.config);
  return writtenBy(facts).flatMap((written) => checkOne(written, facts, evictions));
}

function writtenBy(facts: Facts): readonly Written[] {
  const { record, live, swap, places, toolsFrom, keepsSafety } = facts;
  const databaseBytes = record?.snapshot.size_bytes ?? live?.status.dbSizeBytes ?? 0;
  const at = (what: Place['what']) => places.find((place) => place.what === what);
  const [work, data] = [at('work'), at('data')];
  const isApart = swap?.ok === true && swap.value.layout.wal_dir !== '';
  const wal = isApart ? at('wal') : data;
  // Whoever leads when it is time, and that may be any of them.
  const safetyBytes = keepsSafety ? (live?.status.dbSizeBytes ?? 0) : 0;
  const toolsBytes = toolsFrom === null || toolsFrom.from === 'host' ? 0 : programsBytes;
  const writes = [
    { place: work, bytes: databaseBytes, what: `${megabytes(databaseBytes)} for the snapshot` },
    {
      place: work,
      bytes: safetyBytes,
      what: `${megabytes(safetyBytes)} for a snapshot of what is replaced`,
    },
    { place: work, bytes: toolsBytes, what: `${megabytes(toolsBytes)} for etcd’s programs` },
    {
      place: data ?? work,
      bytes: databaseBytes,
      what: `${megabytes(databaseBytes)} for the new database`,
    },
    { place: wal ?? work, bytes: walBytes, what: `${megabytes(walBytes)} for the WAL` },
  ];
  const byDevice = new Map<string, Written>();
  for (const { place, bytes, what } of writes) {
    if (place === undefined || bytes === 0) continue;
    const so = byDevice.get(place.space.device);
    byDevice.set(place.space.device, {
      place: so?.place ?? place,
      bytes: (so?.bytes ?? 0) + bytes,
      what: [...(so?.what ?? []), what],
    });
  }
  return [...byDevice.values()];
}

function checkOne(
  { place, bytes, what }: Written,
  facts: Facts,
  evictions: Evictions,
): readonly Finding[] {
  const { host } = facts;
  const { space, mount } = place;
  const findings: Finding[] = [];
  const reserveBytes = reserveOn(place, facts, evictions);
  if (space.freeBytes - bytes < reserveBytes) {
    const message = `${mount.mountPoint} has ${megabytes(space.freeBytes)} free, and a restore needs ${megabytes(bytes)}`;
    const evidence = [
      what.join(', '),
      `the kubelet evicts pods below ${megabytes(reserveBytes)} of ${megabytes(space.sizeBytes)}`,
    ].join('\n');
    findings.push(found('no-room', host, message, evidence));
  }
  const reserveInodes = isOn(place, facts, 'nodefs') ? evictions.nodefsInodes(space.inodes) : 0;
  if (space.inodes > 0 && space.freeInodes - inodesNeeded < reserveInodes) {
    const message = `${mount.mountPoint} has ${space.freeInodes} of ${space.inodes} inodes free`;
    const evidence = `the kubelet evicts pods below ${Math.ceil(reserveInodes)}`;
    findings.push(found('no-inodes', host, message, evidence));
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
