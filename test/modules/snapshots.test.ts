import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import { backupRecord } from '../../src/modules/backup-record.js';
import { etcdSnapshot } from '../../src/modules/etcd-snapshot.js';
import { readManifests } from '../../src/modules/read-manifests.js';
import { snapshotCheck } from '../../src/modules/snapshot-check.js';
import { manifestOf, memberOf, record, SNAPSHOT_TEXT, statusOf } from './cluster.js';
import { refusalOf, resultOf } from './steps.js';
import { type Entry, places, type Table, TableHost } from './table-host.js';

const FILE = '/backups/run/snapshot.db';
const sound: Entry = { text: SNAPSHOT_TEXT, sizeBytes: 8_224 };
const withRecord = (snapshot: Entry, its: object = record()): Table => ({
  files: { [FILE]: snapshot, [`${FILE}.record.json`]: { text: JSON.stringify(its) } },
});
const trailer = (kind: 'wrong' | 'absent') => ({ isBolt: true, trailer: kind }) as const;

describe('snapshot_check', () => {
  it('gives the digest, the size and the record of a sound snapshot', async () => {
    expect(await resultOf(snapshotCheck, { file: FILE }, places({}, withRecord(sound)))).toEqual({
      path: FILE,
      sha256: sha256(SNAPSHOT_TEXT),
      size_bytes: 8_224,
      has_record: true,
      raw: false,
      record: record(),
    });
  });

  it('is content with the backup’s directory, or with the record', async () => {
    const files = { ...withRecord(sound).files, '/backups/run': { type: 'directory' } } as const;
    for (const given of ['/backups/run', '/backups/run/', `${FILE}.record.json`]) {
      const result = await resultOf(snapshotCheck, { file: given }, places({}, { files }));
      expect(result).toMatchObject({ path: FILE, has_record: true });
    }
  });

  describe('of a raw copy', () => {
    const raw = { file: FILE, kind: 'raw' };
    const whole: Entry = { ...sound, sizeBytes: 8_192, snapshot: trailer('absent') };
    const refusal = async (entry: Entry) =>
      (await refusalOf(snapshotCheck, raw, places({}, { files: { [FILE]: entry } }))).code;

    it('takes it when it is told so, and says what nobody knows', async () => {
      const alone = places({}, { files: { [FILE]: whole } });
      const result = await resultOf(snapshotCheck, raw, alone);
      expect(result).toMatchObject({ raw: true, has_record: false, sha256: sha256(SNAPSHOT_TEXT) });
      expect(result.message).toContain('lacks what was only in the WAL');
    });

    it('refuses one that is cut, one that is no database, and one that is a snapshot', async () => {
      expect(await refusal({ ...whole, sizeBytes: 8_000 })).toBe('raw-cut');
      expect(await refusal({ ...whole, snapshot: { isBolt: false, trailer: 'absent' } })).toBe(
        'not-a-snapshot',
      );
      for (const kind of ['valid', 'wrong'] as const) {
        expect(await refusal({ ...sound, snapshot: { isBolt: true, trailer: kind } })).toBe(
          'not-raw',
        );
      }
    });

    const folders = {
      '/old/etcd': { type: 'directory' },
      '/old/etcd/member': { type: 'directory' },
    } as const;

    it('finds the database in a copy of a whole data directory, or of its member', async () => {
      for (const [given, file] of [
        ['/old/etcd', '/old/etcd/member/snap/db'],
        ['/old/etcd/', '/old/etcd/member/snap/db'],
        ['/old/etcd/member', '/old/etcd/member/snap/db'],
      ] as const) {
        const copy = places({}, { files: { ...folders, [file]: whole } });
        const result = await resultOf(snapshotCheck, { file: given, kind: 'raw' }, copy);
        expect(result).toMatchObject({ path: file, raw: true, size_bytes: 8_192 });
      }
    });

    it('does not take a copy of a data directory for a snapshot, nor another directory for either', async () => {
      const copy = places({}, { files: { ...folders, '/old/etcd/member/snap/db': whole } });
      const unasked = { file: '/old/etcd', record: 'optional' as const };
      expect((await refusalOf(snapshotCheck, unasked, copy)).code).toBe('raw-database');
      const other = places({}, { files: folders });
      for (const kind of ['raw', 'snapshot'] as const) {
        const refusal = await refusalOf(snapshotCheck, { file: '/old/etcd', kind }, other);
        expect(refusal.code).toBe('not-a-snapshot');
      }
    });

    it('believes no record that was made for another file', async () => {
      const other = record();
      const its = { ...other, snapshot: { ...other.snapshot, sha256: 'f'.repeat(64) } };
      const beside = places({}, withRecord(whole, its));
      expect((await refusalOf(snapshotCheck, raw, beside)).code).toBe('snapshot-other');
    });
  });

  it('takes a snapshot of another tool when it is told to, and promises nothing about it', async () => {
    const args = { file: FILE, record: 'optional' as const };
    const alone = places({}, { files: { [FILE]: sound } });
    const { has_record, record: bare } = await resultOf(snapshotCheck, args, alone);
    expect(has_record).toBe(false);
    expect(bare).toMatchObject({ hosts: [], snapshot: { content_sha256: '', keys: -1 } });
  });

  const damaged = record();
  const [first, ...others] = damaged.hosts;
  const forged = {
    ...damaged,
    hosts: [
      {
        ...first,
        manifests: { etcd: { ...first?.manifests.etcd, text: manifestOf('cp2') } },
      },
      ...others,
    ],
  };
  const refusals: { readonly [what: string]: readonly [string, Table] } = {
    'a snapshot that is not there': ['snapshot-missing', {}],
    'a truncated snapshot': ['snapshot-truncated', withRecord({ ...sound, sizeBytes: 8_000 })],
    'a flipped bit': ['snapshot-damaged', withRecord({ ...sound, snapshot: trailer('wrong') })],
    'a truncated snapshot without a record': [
      'snapshot-no-trailer',
      { files: { [FILE]: { ...sound, sizeBytes: 8_000, snapshot: trailer('absent') } } },
    ],
    'a copy of a data directory’s database': [
      'raw-database',
      { files: { [FILE]: { ...sound, sizeBytes: 8_192, snapshot: trailer('absent') } } },
    ],
    'a file of another kind': [
      'not-a-snapshot',
      { files: { [FILE]: { text: 'x', snapshot: { isBolt: false, trailer: 'absent' } } } },
    ],
    'a snapshot of another backup': [
      'snapshot-other',
      withRecord({ text: 'another', sizeBytes: 8_224 }),
    ],
    'a snapshot without a record': ['no-record', { files: { [FILE]: sound } }],
    'a record of nobody’s': ['record-damaged', withRecord(sound, { version: 1, hosts: [] })],
    'a record of a version to come': [
      'record-damaged',
      withRecord(sound, { ...record(), version: 2 }),
    ],
    'a manifest that was changed in the record': ['record-damaged', withRecord(sound, forged)],
    'a record that is cut': [
      'record-damaged',
      { files: { [FILE]: sound, [`${FILE}.record.json`]: { text: '{"version":' } } },
    ],
  };
  for (const [what, [code, table]] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      const failure = await refusalOf(snapshotCheck, { file: FILE }, places({}, table));
      expect(failure.code).toBe(code);
    });
  }

  it('refuses a damaged record even where none is needed', async () => {
    const args = { file: FILE, record: 'optional' as const };
    const at = places({}, withRecord(sound, forged));
    expect((await refusalOf(snapshotCheck, args, at)).code).toBe('record-damaged');
  });
});

describe('etcd_snapshot', () => {
  const TO = '/var/lib/runback/work/run/snapshot.db';
  const args = { member: memberOf('cp1'), to: TO };
  const says: Table['says'] = {
    'etcd-status': () => statusOf('cp1'),
    'snapshot-status': () => ({
      hash: 1,
      revision: 500,
      totalKeys: 31,
      totalSizeBytes: 20_000_000,
    }),
    'etcd-content': () => ({ sha256: 'c'.repeat(64), keys: 30, keysByKind: { pods: 30 } }),
  };
  const table: Table = {
    files: { '/var/lib/runback/work': { type: 'directory' } },
    says,
    runs: (_argv, host) => host.put(TO, sound),
  };

  it('saves from this member’s one endpoint, and says what is inside', async () => {
    const { changes, result } = await takeAndForget();
    expect(changes).toEqual([
      { kind: 'make-directory', path: '/var/lib/runback/work/run', mode: 0o700 },
      {
        kind: 'run',
        argv: [
          '/usr/local/bin/etcdctl',
          'snapshot',
          'save',
          TO,
          '--endpoints=https://127.0.0.1:2379',
          '--cacert=/etc/kubernetes/pki/etcd/ca.crt',
          '--cert=/etc/kubernetes/pki/etcd/server.crt',
          '--key=/etc/kubernetes/pki/etcd/server.key',
          '--command-timeout=10m',
        ],
        environment: { ETCDCTL_API: '3' },
        timeoutMs: 600_000,
        repeatable: false,
        effects: [{ kind: 'path', path: TO }],
      },
    ]);
    expect(result).toMatchObject({ path: TO, revision: 500, keys: 30, keys_by_kind: { pods: 30 } });
  });

  /** A snapshot is taken once: a second look refuses the file that is there. */
  async function takeAndForget() {
    const host = new TableHost(table);
    const at = places(host);
    const before = await etcdSnapshot.probe(args, at);
    if (!before.ok) throw new Error(before.error.message);
    const changes = etcdSnapshot.plan(args, before.value);
    if (!changes.ok) throw new Error(changes.error.message);
    for (const change of changes.value) host.carryOut(change, 'a' as never);
    const verified = await etcdSnapshot.verify(args, before.value, [], at);
    if (!verified.ok) throw new Error(verified.error.message);
    return { changes: changes.value, result: verified.value };
  }

  it('moves what it made to the trash on the way back, half-made files too', () => {
    if (etcdSnapshot.undo.kind !== 'by-cases') throw new Error('it has no cases');
    const trash = '/var/lib/runback/work/run/trash';
    const cases = etcdSnapshot.undo.cases(args, { exists: false, version: '' });
    expect(cases.map(({ changes }) => changes)).toEqual([
      [{ kind: 'remove', path: `${TO}.part`, trash }],
      [{ kind: 'remove', path: TO, trash }],
      [],
    ]);
  });

  const unsound = (file: Entry, more: Table['says'] = {}) =>
    etcdSnapshot.verify(
      args,
      { exists: false, version: '3.5.16' },
      [],
      places({ files: { [TO]: file }, says: { ...says, ...more } }),
    );

  it('is not believed when its trailer is wrong, when it cannot be read, or when it cannot be compared', async () => {
    const none = () =>
      ({ reason: 'failed', detail: 'required revision has been compacted' }) as const;
    const codes = await Promise.all([
      unsound({ ...sound, snapshot: trailer('wrong') }),
      unsound(sound, { 'snapshot-status': none }),
      unsound(sound, { 'etcd-content': none }),
    ]);
    expect(codes.map((one) => (one.ok ? 'fine' : one.error.code))).toEqual([
      'snapshot-not-sound',
      'snapshot-unreadable',
      'revision-compacted',
    ]);
  });

  const refusals: { readonly [what: string]: readonly [string, Table, string?] } = {
    'into the data directory': ['snapshot-in-data-dir', table, '/var/lib/etcd/snapshot.db'],
    'over another file': ['snapshot-exists', { ...table, files: { [TO]: {} } }],
    'onto a full disk': ['no-room', { ...table, freeBytes: 1_000 }],
    'from a silent member': [
      'no-answer',
      { ...table, says: { 'etcd-status': () => ({ reason: 'timed-out', detail: '' }) } },
    ],
  };
  for (const [what, [code, where, to = TO]] of Object.entries(refusals)) {
    it(`never saves ${what}`, async () => {
      const failure = await refusalOf(etcdSnapshot, { ...args, to }, places(where));
      expect(failure.code).toBe(code);
    });
  }
});

describe('backup_record', () => {
  const { version: _, snapshot, hosts: members, ...when } = record();
  const args = { file: FILE, ...when, snapshot, members, control_plane: [] };
  // The controller is the host that this module changes.
  const at = { files: { '/backups/run': { type: 'directory' }, [FILE]: sound } } as const;

  it('is read again by snapshot_check, field for field', async () => {
    const probed = await backupRecord.probe(args, places({}, at));
    if (!probed.ok) throw new Error(probed.error.message);
    const planned = backupRecord.plan(args, probed.value);
    if (!planned.ok) throw new Error(planned.error.message);
    const [change, ...more] = planned.value;
    if (change?.kind !== 'write-file') throw new Error('it writes no file');
    expect(more).toEqual([]);
    expect(change).toMatchObject({ path: `${FILE}.record.json`, mode: 0o600 });
    const written = withRecord(sound, JSON.parse(change.text));
    const read = await resultOf(snapshotCheck, { file: FILE }, places({}, written));
    expect(read.record).toEqual(record());
  });

  it('has one entry for each host, whether it has a member, API servers or both', async () => {
    const pod = (name: string) => ({
      path: name,
      text: name,
      uid: 0,
      gid: 0,
      mode: 0o600,
      sha256: name,
    });
    const control_plane = ['cp1', 'api1'].map((name) => ({
      name,
      address: '192.0.2.99',
      manifests: { 'kube-apiserver': pod('api') },
    }));
    const given = { ...args, control_plane };
    const planned = backupRecord.plan(given, { snapshot: snapshot.sha256, record: null });
    if (!planned.ok || planned.value[0]?.kind !== 'write-file') throw new Error('no file');
    const { hosts } = JSON.parse(planned.value[0].text) as ReturnType<typeof record>;
    expect(hosts.map(({ name }) => name)).toEqual(['cp1', 'cp2', 'cp3', 'api1']);
    expect(Object.keys(hosts[0]?.manifests ?? {})).toEqual(['etcd', 'kube-apiserver']);
    expect(hosts[0]).toMatchObject({ member: 'cp1' });
    expect(hosts[3]).toMatchObject({ member: '', peer_urls: [], address: '192.0.2.99' });
  });

  it('has nothing to do when it is written', async () => {
    const probed = await backupRecord.probe(args, places({}, at));
    const planned = probed.ok ? backupRecord.plan(args, probed.value) : probed;
    if (!planned.ok || planned.value[0]?.kind !== 'write-file') throw new Error('no file');
    const files = { ...at.files, [`${FILE}.record.json`]: { text: planned.value[0].text } };
    const result = await resultOf(backupRecord, args, places({}, { files }));
    expect(result.path).toBe(`${FILE}.record.json`);
  });

  it('is not written for another snapshot', async () => {
    const other = places({}, { files: { [FILE]: { text: 'other' } } });
    expect((await refusalOf(backupRecord, args, other)).code).toBe('snapshot-other');
  });
});

describe('read_manifests', () => {
  it('reads what is there, and names what is not', async () => {
    const path = '/etc/kubernetes/manifests/etcd.yaml';
    const at = places({ files: { [path]: { text: 'a', mode: 0o640, uid: 0, gid: 5 } } });
    const args = { manifests_dir: '/etc/kubernetes/manifests', pods: ['etcd', 'kube-scheduler'] };
    expect(await resultOf(readManifests, args, at)).toEqual({
      manifests: { etcd: { path, text: 'a', uid: 0, gid: 5, mode: 0o640, sha256: sha256('a') } },
      missing: ['kube-scheduler'],
    });
  });
});
