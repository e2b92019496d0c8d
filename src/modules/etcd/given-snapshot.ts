import type { Ask } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import { recordSuffix } from './record.js';

/** What backup.yml calls it. */
const SNAPSHOT = 'snapshot.db';

/**
 * The file that is meant. People name a backup by its snapshot, its record or its directory, and what is left
 * of a cluster is often a copy of a whole data directory: the database in it is named by it.
 */
export async function givenSnapshot(
  given: string,
  isRaw: boolean,
  ask: Ask,
): Promise<Result<string, Failure>> {
  if (given.endsWith(recordSuffix)) return ok(given.slice(0, -recordSuffix.length));
  const directory = given.replace(/\/+$/, '');
  // As etcd lays out its data (server/storage/datadir).
  const inside = `${directory}/member/snap/db`;
  const below = `${directory}/snap/db`;
  const ofBackup = `${directory}/${SNAPSHOT}`;
  const seen = await ask({
    given: { kind: 'stat', path: directory || '/', follow: true },
    inside: { kind: 'stat', path: inside, follow: true },
    below: { kind: 'stat', path: below, follow: true },
    ofBackup: { kind: 'stat', path: ofBackup, follow: true },
  });
  if (!seen.ok) return seen;
  const found = seen.value;
  if (found.given?.type !== 'directory') return ok(given);
  if (found.ofBackup !== null && !isRaw) return ok(ofBackup);
  if (found.inside === null && found.below === null) return err(nothingIn(given));
  return isRaw ? ok(found.inside === null ? below : inside) : err(notAskedFor(given));
}

function nothingIn(directory: string): Failure {
  const message = `${directory} is a directory, neither of a backup (${SNAPSHOT}) nor with etcd’s data (member/snap/db)`;
  const next = `name a snapshot (backups/RUN/${SNAPSHOT}), the directory of a backup, or a copy of a whole data directory`;
  return refused('not-a-snapshot', message, next);
}

function notAskedFor(directory: string): Failure {
  const message = `${directory} is a copy of a data directory, not a snapshot`;
  const next =
    'use what `etcdctl snapshot save` made; if this is all that is left: -e snapshot_kind=raw, without what was only in its WAL';
  return refused('raw-database', message, next);
}
