import Type, { type Static } from 'typebox';

/** The backup's record: what the restore compares with, and what it needs when nothing runs any more. */
export const RecordedFile = Type.Object({
  path: Type.String(),
  text: Type.String(),
  uid: Type.Integer(),
  gid: Type.Integer(),
  mode: Type.Integer(),
  sha256: Type.String(),
});

export const RecordedHost = Type.Object({
  name: Type.String({ description: 'The host in the inventory.' }),
  member: Type.String(),
  peer_urls: Type.Array(Type.String()),
  image: Type.String(),
  manifests: Type.Record(Type.String(), RecordedFile),
});

export const RecordedSnapshot = Type.Object({
  file: Type.String(),
  sha256: Type.String(),
  size_bytes: Type.Integer(),
  revision: Type.Integer(),
  total_keys: Type.Integer(),
  content_sha256: Type.String({ description: 'Over every key, value and revision.' }),
  keys: Type.Integer(),
  keys_by_kind: Type.Record(Type.String(), Type.Integer()),
  etcd_version: Type.String(),
});

export const BackupRecord = Type.Object({
  version: Type.Literal(1),
  created: Type.String(),
  run: Type.String(),
  snapshot: RecordedSnapshot,
  hosts: Type.Array(RecordedHost),
});

export type RecordedFile = Static<typeof RecordedFile>;
export type BackupRecord = Static<typeof BackupRecord>;
export type RecordedHost = Static<typeof RecordedHost>;

export function recordPathOf(snapshot: string): string {
  return `${snapshot}.record.json`;
}
