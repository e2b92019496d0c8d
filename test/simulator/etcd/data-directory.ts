import type { FileSystem } from '../host/file-system.js';
import { Database, type Entry, type Member } from './database.js';
import { idOfCluster, idOfMember } from './ids.js';

/** What etcd finds in a data directory when it starts. */
export type Found =
  | { readonly kind: 'database'; readonly database: Database }
  | { readonly kind: 'nothing' }
  /** A restore that did not come to its end: etcd starts from it as a new cluster of one, without a word. */
  | { readonly kind: 'half'; readonly log: readonly Entry[] };

export function foundIn(files: FileSystem, dataDir: string): Found {
  const file = files.file(`${dataDir}/member/snap/db`);
  const wal = files.directory(`${dataDir}/member/wal`);
  if (file === null) return { kind: 'nothing' };
  if (!(file.content instanceof Database)) return { kind: 'half', log: [] };
  const hasWal = wal !== null && [...wal.entries.keys()].some((name) => name.endsWith('.wal'));
  if (hasWal) return { kind: 'database', database: file.content };
  return { kind: 'half', log: file.content.log };
}

/** The tree that a member makes for itself, durable as etcd's own writes are. */
export function* layOut(files: FileSystem, dataDir: string, database: Database) {
  files.makeDirectory(`${dataDir}/member`, 0o700);
  files.makeDirectory(`${dataDir}/member/snap`, 0o700);
  files.write(`${dataDir}/member/snap/db`, database, 0o600);
  yield;
  files.sync(`${dataDir}/member/snap/db`);
  files.makeDirectory(`${dataDir}/member/wal`, 0o700);
  yield;
  files.write(`${dataDir}/member/wal/0000000000000000-0000000000000000.wal`, 'wal', 0o600);
  files.sync(`${dataDir}/member/wal/0000000000000000-0000000000000000.wal`);
}

/** `cp1=https://192.0.2.11:2380,…` as members of a cluster with this token. */
export function membersFrom(initialCluster: string, token: string): readonly Member[] {
  return initialCluster.split(',').map((pair) => {
    const [name = '', url = ''] = pair.split('=');
    const clientUrls = [url.replace(/:2380$/, ':2379')];
    return { id: idOfMember([url], token), name, peerUrls: [url], clientUrls };
  });
}

export function newDatabase(
  members: readonly Member[],
  name: string,
  log: readonly Entry[],
  compacted = 0,
): Database {
  const own = members.find((member) => member.name === name);
  if (own === undefined) throw new Error(`couldn't find local name "${name}"`);
  const clusterId = idOfCluster(members.map((member) => member.id));
  return new Database(clusterId, own.id, members, log, compacted);
}
