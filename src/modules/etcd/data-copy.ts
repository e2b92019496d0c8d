import type { Ask } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';

/**
 * What is left of a cluster is often a copy of a whole data directory: the database in it is named by it.
 * Anything but a directory is taken as it is given.
 */
export async function databaseAt(
  given: string,
  isRaw: boolean,
  ask: Ask,
): Promise<Result<string, Failure>> {
  const directory = given.replace(/\/+$/, '');
  // As etcd lays it out (server/storage/datadir).
  const inside = `${directory}/member/snap/db`;
  const below = `${directory}/snap/db`;
  const seen = await ask({
    given: { kind: 'stat', path: directory || '/', follow: true },
    inside: { kind: 'stat', path: inside, follow: true },
    below: { kind: 'stat', path: below, follow: true },
  });
  if (!seen.ok) return seen;
  if (seen.value.given?.type !== 'directory') return ok(given);
  if (seen.value.inside === null && seen.value.below === null) return err(noDatabase(given));
  return isRaw ? ok(seen.value.inside === null ? below : inside) : err(notAskedFor(given));
}

function noDatabase(directory: string): Failure {
  const message = `${directory} is a directory, and no copy of etcd’s data: there is no member/snap/db in it`;
  const next = 'name a snapshot (backups/RUN/snapshot.db), or a copy of a whole data directory';
  return refused('not-a-snapshot', message, next);
}

function notAskedFor(directory: string): Failure {
  const message = `${directory} is a copy of a data directory, not a snapshot`;
  const next =
    'use what `etcdctl snapshot save` made; if this is all that is left: -e snapshot_kind=raw, without what was only in its WAL';
  return refused('raw-database', message, next);
}
