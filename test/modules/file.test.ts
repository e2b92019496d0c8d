import { describe, expect, it } from 'vitest';
import { file } from '../../src/modules/file.js';
import { isDeferredBy, planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { type Entry, places, RUN, type Table } from './table-host.js';

const directory: Entry = { type: 'directory', mode: 0o755 };
const root = { '/srv': directory, '/var': directory, '/var/lib': directory };
const host = (files: Table['files'], more: Table = {}): Table => ({
  files: { ...root, ...files },
  accounts: { etcd: 990, backup: 34 },
  ...more,
});

describe('file: directory', () => {
  const args = { path: '/srv/a/b', state: 'directory' as const };

  it('makes it and its parents, each a change of its own, and takes them away again', async () => {
    const given = { ...args, mode: '0750', owner: 'etcd', group: 34 };
    const { changes, result } = await thereAndBack(file, given, host({}));
    const made = (path: string) => ({
      kind: 'make-directory',
      path,
      mode: 0o750,
      uid: 990,
      gid: 34,
      missing: [path],
    });
    expect(changes).toEqual([made('/srv/a'), made('/srv/a/b')]);
    expect(result).toMatchObject({ type: 'directory', mode: '0750', uid: 990, gid: 34 });
  });

  it('has nothing to do where it is there, whatever its mode when none was asked for', async () => {
    const there = host({ '/srv/a': directory, '/srv/a/b': { ...directory, mode: 0o700 } });
    expect((await resultOf(file, args, places(there))).mode).toBe('0700');
  });

  it('sets only what differs, and gives it back', async () => {
    const there = host({ '/srv/a': directory, '/srv/a/b': { ...directory, uid: 5, gid: 6 } });
    const { changes } = await thereAndBack(file, { ...args, mode: '700' }, there);
    expect(changes).toEqual([
      {
        kind: 'set-access',
        path: '/srv/a/b',
        access: { mode: 0o700, uid: 5, gid: 6 },
        was: { mode: 0o755, uid: 5, gid: 6 },
      },
    ]);
  });

  it('refuses another thing in its place or on the way, and an unknown owner', async () => {
    const code = async (files: Table['files'], more = {}) =>
      (await refusalOf(file, { ...args, ...more }, places(host(files)))).code;
    expect(await code({ '/srv/a': directory, '/srv/a/b': {} })).toBe('other-type');
    expect(await code({ '/srv/a': {} })).toBe('no-directory');
    expect(await code({}, { owner: 'nobody-here' })).toBe('no-such-user');
    expect(await code({}, { group: 'nobody-here' })).toBe('no-such-group');
  });

  it('is deferred where its path or what holds it is pending', async () => {
    const isDeferred = (path: string) => isDeferredBy(file, args, host({}), { kind: 'path', path });
    expect(await isDeferred('/srv')).toBe(true);
    expect(await isDeferred('/srv/a/b')).toBe(true);
    expect(await isDeferred('/opt')).toBe(false);
  });
});

describe('file: file and touch', () => {
  const path = '/srv/flag';

  it('makes an empty file, and takes it away again', async () => {
    const { changes, result } = await thereAndBack(file, { path, state: 'touch' }, host({}));
    expect(changes).toEqual([
      { kind: 'write-file', path, text: '', mode: 0o644, trash: `/var/lib/runback/trash/${RUN}` },
    ]);
    expect(result).toMatchObject({ type: 'file', mode: '0644' });
  });

  it('does not touch what is there', async () => {
    const there = places(host({ [path]: { text: 'x', mode: 0o600 } }));
    for (const state of ['touch', 'file'] as const) {
      expect((await resultOf(file, { path, state }, there)).mode).toBe('0600');
    }
  });

  it('refuses a file that must be there and is not, and a place that is not there', async () => {
    const code = async (given: Parameters<typeof file.plan>[0]) =>
      (await refusalOf(file, given, places(host({})))).code;
    expect(await code({ path, state: 'file' })).toBe('missing');
    expect(await code({ path: '/srv/no/flag', state: 'touch' })).toBe('no-directory');
  });
});

describe('file: link', () => {
  const args = { path: '/srv/current', state: 'link' as const, target: 'v2' };
  const trash = `/var/lib/runback/trash/${RUN}`;

  it('makes a link, and takes it away again', async () => {
    const { changes, result } = await thereAndBack(file, args, host({}));
    expect(changes).toEqual([{ kind: 'make-link', path: args.path, target: 'v2', trash }]);
    expect(result.type).toBe('link');
  });

  it('has nothing to do where it leads there already', async () => {
    const there = places(host({ '/srv/current': { type: 'link', target: 'v2' } }));
    expect((await resultOf(file, args, there)).type).toBe('link');
  });

  it('turns a link at no moment away from something, and back again', async () => {
    const there = host({ '/srv/current': { type: 'link', target: 'v1' } });
    const { changes } = await thereAndBack(file, args, there);
    const staged = '/srv/.current.runback';
    expect(changes).toEqual([
      { kind: 'make-link', path: staged, target: 'v2', trash },
      {
        kind: 'replace',
        from: staged,
        to: args.path,
        holds: { target: 'v2' },
        was: { target: 'v1' },
        trash,
      },
    ]);
  });

  it('never takes the place of a file or directory', async () => {
    for (const entry of [{}, directory]) {
      const there = places(host({ '/srv/current': entry }));
      expect((await refusalOf(file, args, there)).code).toBe('other-type');
    }
  });
});

describe('file: absent', () => {
  const args = { path: '/srv/old', state: 'absent' as const };

  it('is moved into the trash of its mount, and comes back', async () => {
    const files = { '/srv/old': directory, '/srv/old/x': { text: 'x' } };
    const { changes, result } = await thereAndBack(file, args, host(files));
    expect(changes).toEqual([
      { kind: 'remove', path: '/srv/old', trash: `/var/lib/runback/trash/${RUN}` },
    ]);
    expect(result.type).toBe('absent');
    const elsewhere = host(files, { mounts: ['/srv'] });
    expect(await planOf(file, args, places(elsewhere))).toEqual([
      { kind: 'remove', path: '/srv/old', trash: `/srv/.runback-trash/${RUN}` },
    ]);
  });

  it('has nothing to do where nothing is', async () => {
    expect((await resultOf(file, args, places(host({})))).type).toBe('absent');
  });

  it('refuses what a rename cannot or must not move', async () => {
    const code = async (path: string, more: Table = {}) => {
      const table = host({ '/srv/old': directory, '/opt': directory }, more);
      return (await refusalOf(file, { path, state: 'absent' }, places(table))).code;
    };
    expect(await code('/opt')).toBe('not-to-be-moved');
    expect(await code('/var/lib')).toBe('not-to-be-moved');
    expect(await code('/srv/old', { mounts: ['/srv/old'] })).toBe('is-a-mount');
  });
});

describe('file: the arguments as they are written', () => {
  const mistake = (written: Parameters<NonNullable<typeof file.mistakeIn>>[0]) =>
    file.mistakeIn?.(written);

  it('fit together', () => {
    expect(mistake({ path: '/a', state: 'link' })).toContain('target');
    expect(mistake({ path: '/a', state: 'file', target: 'b' })).toContain('target');
    expect(mistake({ path: '/a', state: 'absent', mode: '0600' })).toContain('no mode');
    expect(mistake({ path: '/a', state: 'link', target: 'b' })).toBeNull();
    expect(mistake({ path: '/a', state: 'touch', mode: '0600' })).toBeNull();
  });
});
