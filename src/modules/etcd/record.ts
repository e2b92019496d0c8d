import Type, { type Static } from 'typebox';
import { hostOf } from './manifest.js';
import { MemberDisks } from './member-disks.js';

/** The backup's record: what the restore compares with, and what it needs when nothing runs any more. */
export const RecordedFile = Type.Object({
  path: Type.String(),
  text: Type.String(),
  uid: Type.Integer(),
  gid: Type.Integer(),
  mode: Type.Integer(),
  sha256: Type.String(),
});

const ofEveryHost = {
  name: Type.String({ description: 'The host in the inventory.' }),
  address: Type.Optional(Type.String({ description: 'Its address; absent in older records.' })),
  manifests: Type.Record(Type.String(), RecordedFile),
  fingerprints: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Of CAs and keys, as preflight saw them; absent in older records.',
    }),
  ),
};

export const RecordedControlPlane = Type.Object(ofEveryHost);

/** A host without a member, one with API servers alone, has an empty name and no peer URLs. */
export const RecordedHost = Type.Object({
  ...ofEveryHost,
  member: Type.String(),
  peer_urls: Type.Array(Type.String()),
  image: Type.String(),
  disks: Type.Optional(MemberDisks),
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

/**
 * The record's entry for a host: by the inventory's name, else by its address, since inventories are
 * renamed. Null when there is none, or when name and address are those of two hosts.
 */
export function recordedHost(
  record: BackupRecord | null,
  name: string,
  address: string | undefined,
): RecordedHost | null {
  const hosts = record?.hosts ?? [];
  const named = hosts.find((one) => one.name === name);
  const addressed = hosts.find(
    (one) =>
      address !== undefined &&
      (one.address === address || one.peer_urls.some((url) => hostOf(url) === address)),
  );
  if (named !== undefined && addressed !== undefined && named !== addressed) return null;
  return named ?? addressed ?? null;
}

/** What stands in for a record when a snapshot has none: it promises nothing. */
export function bareRecord(file: string, sha256: string, sizeBytes: number): BackupRecord {
  const inside = { revision: 0, total_keys: 0, content_sha256: '', keys: UNKNOWN_KEYS };
  const snapshot = { file, sha256, size_bytes: sizeBytes, ...inside };
  return {
    version: 1,
    created: '',
    run: '',
    snapshot: { ...snapshot, keys_by_kind: {}, etcd_version: '' },
    hosts: [],
  };
}

export const UNKNOWN_KEYS = -1;

export const recordSuffix = '.record.json';

export function recordPathOf(snapshot: string): string {
  return `${snapshot}${recordSuffix}`;
}

/** The argument that is null for a snapshot without a record. */
export function recordArgument(description: string) {
  return Type.Optional(Type.Union([BackupRecord, Type.Null()], { description }));
}
