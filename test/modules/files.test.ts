import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import { discardCopy } from '../../src/modules/discard-copy.js';
import { fetchFile } from '../../src/modules/fetch-file.js';
import { sendFile } from '../../src/modules/send-file.js';
import { setAside } from '../../src/modules/set-aside.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const HERE = '/backups/run/snapshot.db';
const THERE = '/var/lib/runback/work/run/snapshot.db';
/** What the table's host holds after it was sent something. */
const TEXT = `the file ${HERE}`;
const digest = sha256(TEXT);
const here: Table = { files: { [HERE]: { text: TEXT } } };
const there: Table = { files: { [THERE]: { text: TEXT } } };
const otherThere: Table = { files: { [THERE]: { text: 'other' } } };
const otherHere: Table = { files: { [HERE]: { text: 'other' } } };

describe('send_file', () => {
  const args = { from: HERE, to: THERE, sha256: digest };

  it('sends into a closed directory, proves the digest, and takes it back', async () => {
    const { changes, result } = await thereAndBack(sendFile, args, {}, here);
    expect(changes).toEqual([
      { kind: 'make-directory', path: '/var/lib/runback/work/run', mode: 0o700 },
      {
        kind: 'send',
        from: HERE,
        to: THERE,
        sha256: digest,
        sizeBytes: TEXT.length,
        mode: 0o600,
      },
    ]);
    expect(result).toEqual({ path: THERE, sha256: digest, size_bytes: TEXT.length });
    expect(sendFile.gives?.({})).toEqual(['same-snapshot']);
  });

  it('has nothing to do when the same bytes are there', async () => {
    expect((await resultOf(sendFile, args, places(there, here))).sha256).toBe(digest);
  });

  it('refuses a changed source, another file in its place, and a full disk', async () => {
    const code = async (host: Table, controller: Table) =>
      (await refusalOf(sendFile, args, places(host, controller))).code;
    expect(await code({}, otherHere)).toBe('source-changed');
    expect(await code({}, {})).toBe('source-changed');
    expect(await code(otherThere, here)).toBe('file-exists');
    expect(await code({ freeBytes: 1 }, here)).toBe('no-room');
  });
});

describe('fetch_file', () => {
  const args = { from: THERE, to: HERE, sha256: digest };

  it('brings a file here', async () => {
    const changes = await planOf(fetchFile, args, places(there, {}));
    expect(changes).toEqual([{ kind: 'fetch', from: THERE, to: HERE }]);
  });

  it('has nothing to do when the same bytes are here', async () => {
    expect((await resultOf(fetchFile, args, places({}, here))).path).toBe(HERE);
  });

  it('never overwrites another file, and fetches no other file', async () => {
    const code = async (host: Table, controller: Table) =>
      (await refusalOf(fetchFile, args, places(host, controller))).code;
    expect(await code(there, otherHere)).toBe('file-exists');
    expect(await code(otherThere, {})).toBe('source-changed');
    expect(await code({}, {})).toBe('source-changed');
  });
});

describe('discard_copy', () => {
  const args = { path: THERE, original: HERE, sha256: digest };

  it('deletes what is here too', async () => {
    expect(await planOf(discardCopy, args, places(there, here))).toMatchObject([
      { kind: 'run', argv: ['rm', '-f', '--', THERE] },
    ]);
  });

  it('has nothing to do when it is gone', async () => {
    expect(await resultOf(discardCopy, args, places({}, here))).toEqual({ path: THERE });
  });

  it('deletes nothing else, and nothing whose original is not here', async () => {
    for (const at of [places(otherThere, here), places(there, otherHere), places(there, {})]) {
      expect((await refusalOf(discardCopy, args, at)).code).toBe('not-a-copy');
    }
  });
});

describe('set_aside', () => {
  const args = { path: '/var/lib/etcd', into: '/var/lib/runback/work/run/disaster' };
  const directory = { type: 'directory' } as const;
  const data = {
    '/var/lib': directory,
    '/var/lib/etcd': directory,
    '/var/lib/etcd/member': directory,
  };

  it('is a rename, and is taken back', async () => {
    const { changes, result } = await thereAndBack(setAside, args, { files: data });
    expect(changes).toEqual([{ kind: 'remove', path: '/var/lib/etcd', trash: args.into }]);
    expect(result).toEqual({ moved: true });
    expect(setAside.needs?.({})).toEqual(['gone:etcd']);
  });

  it('has nothing to do when nothing is there', async () => {
    expect(await resultOf(setAside, args, places({}))).toEqual({ moved: false });
  });

  it('refuses what lies in the root, and a place inside itself', async () => {
    for (const given of [
      { path: '/var', into: '/srv/aside' },
      { path: '/var/lib', into: '/var/lib/aside' },
    ]) {
      const failure = await refusalOf(setAside, given, places({ files: data }));
      expect(failure.code).toBe('not-to-be-moved');
    }
  });
});
