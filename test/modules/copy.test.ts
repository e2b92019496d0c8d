import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import { copy } from '../../src/modules/copy.js';
import { fetch } from '../../src/modules/fetch.js';
import { isDeferredBy, planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { type Entry, places, RUN, type Table } from './table-host.js';

const TO = '/etc/app.conf';
const STAGED = '/etc/.app.conf.runback';
const HERE = '/work/app.conf';
const trash = `/var/lib/runback/trash/${RUN}`;
const directory: Entry = { type: 'directory', mode: 0o755 };
const host = (files: Table['files'] = {}, more: Table = {}): Table => ({
  files: { '/etc': directory, '/var/lib': directory, ...files },
  accounts: { app: 990 },
  ...more,
});

/** What the table's `send` puts down is this very text. */
const sent = `the file ${HERE}`;
const here = { files: { [HERE]: { text: sent, mode: 0o640, uid: 1_000, gid: 1_000 } } };

describe('copy from this machine', () => {
  const args = { from: HERE, to: TO };

  it('sends it beside its name, puts it there, and takes it back', async () => {
    const { changes, result } = await thereAndBack(copy, args, host(), here);
    const digest = sha256(sent);
    const [sizeBytes, mode] = [sent.length, 0o640];
    expect(changes).toEqual([
      { kind: 'send', from: HERE, to: STAGED, sha256: digest, sizeBytes, mode, trash },
      { kind: 'replace', from: STAGED, to: TO, holds: { sha256: digest }, was: null, trash },
    ]);
    expect(result).toEqual({
      path: TO,
      sha256: digest,
      size_bytes: sizeBytes,
      mode: '0640',
      uid: 0,
      gid: 0,
    });
  });

  it('replaces an old one, whose owner stays, and brings the old one back', async () => {
    const old = { [TO]: { text: 'old', mode: 0o600, uid: 7, gid: 8 } };
    const { changes, result } = await thereAndBack(copy, args, host(old), here);
    expect(changes).toMatchObject([
      { kind: 'send', mode: 0o640, uid: 7, gid: 8 },
      { kind: 'replace', was: { sha256: sha256('old') } },
    ]);
    expect(result).toMatchObject({ mode: '0640', uid: 7, gid: 8 });
  });

  it('has nothing to do where the same bytes lie', async () => {
    const there = { [TO]: { text: sent, mode: 0o640, uid: 7 } };
    expect((await resultOf(copy, args, places(host(there), here))).uid).toBe(7);
  });

  it('sets only mode and owner where the bytes are the same', async () => {
    const there = host({ [TO]: { text: sent, mode: 0o600 } });
    const given = { ...args, owner: 'app' };
    const { changes } = await thereAndBack(copy, given, there, here);
    expect(changes).toEqual([
      {
        kind: 'set-access',
        path: TO,
        access: { mode: 0o640, uid: 990, gid: 0 },
        was: { mode: 0o600, uid: 0, gid: 0 },
      },
    ]);
  });

  it('refuses what is missing, a directory, a link, a mount, and a full disk', async () => {
    const code = async (table: Table, controller: Table = here) =>
      (await refusalOf(copy, args, places(table, controller))).code;
    expect(await code(host(), {})).toBe('source-missing');
    expect(await code(host(), { files: { [HERE]: directory } })).toBe('source-is-a-directory');
    expect(await code(host({ [TO]: directory }))).toBe('not-a-file');
    expect(await code(host({ [TO]: { type: 'link', target: '/x' } }))).toBe('not-a-file');
    expect(await code(host({ [TO]: {} }, { mounts: [TO] }))).toBe('is-a-mount');
    expect(await code(host({}, { freeBytes: 1 }))).toBe('no-room');
    expect(await code({ files: {} })).toBe('no-directory');
  });

  it('is deferred where its target, or what holds it, is pending', async () => {
    const isDeferred = (path: string) => isDeferredBy(copy, args, host(), { kind: 'path', path });
    expect(await isDeferred('/etc')).toBe(true);
    expect(await isDeferred('/srv')).toBe(false);
  });
});

describe('copy on the host', () => {
  const FROM = '/srv/app.conf';
  const args = { from_host: FROM, to: TO };
  const source = { [FROM]: { text: 'new', mode: 0o4755, uid: 3, gid: 4 } };

  it('keeps mode and owner of the source, and takes it back', async () => {
    const old = { [TO]: { text: 'old', mode: 0o600, uid: 7, gid: 8 } };
    const { changes } = await thereAndBack(copy, args, host({ ...source, ...old }));
    const access = { mode: 0o4755, uid: 3, gid: 4 };
    const digest = sha256('new');
    expect(changes).toEqual([
      { kind: 'copy-file', from: FROM, to: STAGED, sha256: digest, access, trash },
      {
        kind: 'replace',
        from: STAGED,
        to: TO,
        holds: { sha256: digest },
        was: { sha256: sha256('old') },
        trash,
      },
    ]);
  });

  it('gives it to whom it is asked to', async () => {
    const given = { ...args, mode: '0600', owner: 'app', group: '0' };
    expect(await planOf(copy, given, places(host(source)))).toMatchObject([
      { access: { mode: 0o600, uid: 990, gid: 0 } },
      {},
    ]);
  });

  it('is deferred where its source is pending', async () => {
    const pending = { kind: 'path', path: FROM } as const;
    expect(await isDeferredBy(copy, args, host(source), pending)).toBe(true);
  });
});

describe('copy of a text', () => {
  const args = { content: 'a: ü\n', to: TO };

  it('writes it, 0600 where nothing was, and takes it away again', async () => {
    const { changes, result } = await thereAndBack(copy, args, host());
    expect(changes).toMatchObject([
      { kind: 'write-file', path: STAGED, text: 'a: ü\n', mode: 0o600 },
      { kind: 'replace', was: null },
    ]);
    expect(result).toMatchObject({ size_bytes: 6, mode: '0600' });
  });

  it('keeps the mode that the file has', async () => {
    const old = host({ [TO]: { text: 'old', mode: 0o644 } });
    expect(await planOf(copy, args, places(old))).toMatchObject([{ mode: 0o644 }, {}]);
  });

  it('has nothing to do where it says the same', async () => {
    const there = host({ [TO]: { text: 'a: ü\n', mode: 0o644 } });
    expect((await resultOf(copy, args, places(there))).mode).toBe('0644');
  });

  it('comes from one place', () => {
    expect(copy.mistakeIn?.({ to: TO })).toContain('one of');
    expect(copy.mistakeIn?.({ to: TO, content: '', from: HERE })).toContain('one of');
    expect(copy.mistakeIn?.({ to: TO, content: '' })).toBeNull();
  });
});

describe('fetch', () => {
  const FROM = '/etc/app.conf';
  const args = { from: FROM, to: HERE };
  const there = { files: { [FROM]: { text: sent } } };

  it('brings a file here', async () => {
    const changes = await planOf(fetch, args, places(there, {}));
    expect(changes).toEqual([{ kind: 'fetch', from: FROM, to: HERE }]);
  });

  it('has nothing to do when the same bytes are here', async () => {
    const result = await resultOf(fetch, args, places(there, here));
    expect(result).toEqual({ path: HERE, sha256: sha256(sent), size_bytes: sent.length });
  });

  it('fetches nothing that is missing, and overwrites nothing', async () => {
    const code = async (table: Table, controller: Table) =>
      (await refusalOf(fetch, args, places(table, controller))).code;
    expect(await code({}, {})).toBe('source-missing');
    expect(await code(there, { files: { [HERE]: { text: 'other' } } })).toBe('file-exists');
    expect(await code(there, { files: { [HERE]: directory } })).toBe('file-exists');
  });

  it('is not believed when another host has written the same file', async () => {
    const other = places(there, { files: { [HERE]: { text: 'other' } } });
    const before = { there: null, here: null, isOther: false };
    expect(await fetch.verify(args, before, [], other)).toMatchObject({
      error: { code: 'digest-mismatch' },
    });
  });

  it('is deferred where its source is pending', async () => {
    const pending = { kind: 'path', path: FROM } as const;
    expect(await isDeferredBy(fetch, args, there, pending)).toBe(true);
  });
});
