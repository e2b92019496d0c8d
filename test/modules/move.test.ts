import { describe, expect, it } from 'vitest';
import { move } from '../../src/modules/move.js';
import { swap } from '../../src/modules/swap.js';
import { isDeferredBy, planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { type Entry, places, type Table } from './table-host.js';

const directory = (inode: string): Entry => ({ type: 'directory', inode });
const host = (files: Table['files'], more: Table = {}): Table => ({
  files: { '/srv': directory('1'), ...files },
  ...more,
});

describe('move', () => {
  const args = { from: '/srv/a', to: '/srv/b' };
  const there = { '/srv/a': directory('7'), '/srv/a/x': { text: 'x' } };

  it('is one rename, and is taken back by another', async () => {
    const { changes, result } = await thereAndBack(move, args, host(there));
    expect(changes).toEqual([{ kind: 'rename', from: '/srv/a', to: '/srv/b' }]);
    expect(result).toEqual({ path: '/srv/b', inode: '7' });
  });

  it('has nothing to do where it has been moved', async () => {
    const moved = places(host({ '/srv/b': directory('7') }));
    expect((await resultOf(move, args, moved)).inode).toBe('7');
  });

  it('refuses where it cannot be one rename, and says what to do', async () => {
    const refusal = async (table: Table, given = args) => refusalOf(move, given, places(table));
    expect((await refusal(host({}))).code).toBe('source-missing');
    expect((await refusal(host({ ...there, '/srv/b': {} }))).code).toBe('file-exists');
    expect((await refusal(host(there, { mounts: ['/srv/a'] }))).code).toBe('is-a-mount');
    const nowhere = { ...args, to: '/srv/no/b' };
    expect((await refusal(host(there), nowhere)).code).toBe('no-directory');
    const inside = { ...args, to: '/srv/a/b' };
    expect((await refusal(host(there), inside)).code).toBe('inside-itself');
    const across = { ...args, to: '/mnt/b' };
    const mounted = host({ ...there, '/mnt': directory('2') }, { mounts: ['/mnt'] });
    const failure = await refusal(mounted, across);
    expect(failure.code).toBe('other-mount');
    expect(failure.next).toContain('from_host');
  });

  it('is deferred where one of its ends is pending', async () => {
    for (const path of Object.values(args)) {
      expect(await isDeferredBy(move, args, host(there), { kind: 'path', path })).toBe(true);
    }
  });
});

describe('swap', () => {
  const args = { path: '/srv/pki', with: '/srv/pki.new', keep: '/srv/pki.old' };
  const old = { '/srv/pki': directory('11') };
  const fresh = { '/srv/pki.new': directory('22') };

  it('keeps the old one and puts the new one there; two renames take it back', async () => {
    const { changes, result } = await thereAndBack(swap, args, host({ ...old, ...fresh }));
    expect(changes).toEqual([
      { kind: 'make-directory', path: '/srv', mode: 0o700 },
      { kind: 'rename', from: '/srv/pki', to: '/srv/pki.old' },
      { kind: 'rename', from: '/srv/pki.new', to: '/srv/pki' },
    ]);
    expect(result).toEqual({ path: '/srv/pki', kept: '/srv/pki.old', inode: '22' });
  });

  it('goes on from between the two renames', async () => {
    const between = places(host({ ...fresh, '/srv/pki.old': directory('11') }));
    expect(await planOf(swap, args, between)).toEqual([
      { kind: 'rename', from: '/srv/pki.new', to: '/srv/pki' },
    ]);
  });

  it('has nothing to do when it is done', async () => {
    const done = host({ '/srv/pki': directory('22'), '/srv/pki.old': directory('11') });
    expect((await resultOf(swap, args, places(done))).kept).toBe('/srv/pki.old');
    const known = { ...args, inode: '22' };
    expect((await resultOf(swap, known, places(host({ '/srv/pki': directory('22') })))).kept).toBe(
      '',
    );
  });

  it('refuses what was not prepared, a kept one in the way, other mounts, and nesting', async () => {
    const code = async (
      files: Table['files'],
      given: Parameters<typeof swap.plan>[0] = args,
      more = {},
    ) => (await refusalOf(swap, given, places(host(files, more)))).code;
    const both = { ...old, ...fresh };
    expect(await code(old)).toBe('not-staged');
    expect(await code(both, { ...args, inode: '99' })).toBe('not-staged');
    expect(await code({ ...both, '/srv/pki.old': directory('1') })).toBe('keep-exists');
    expect(await code(both, args, { mounts: ['/srv/pki.new'] })).toBe('other-mount');
    expect(await code(both, args, { mounts: ['/srv/pki'] })).toBe('other-mount');
    expect(await code(both, { ...args, keep: '/srv/pki/old' })).toBe('inside-itself');
  });

  it('is not believed when what lies there is not what was prepared', async () => {
    const before = { place: '11', prepared: '22', keep: null, isOneMount: true };
    const odd = places(host({ '/srv/pki': directory('33'), '/srv/pki.old': directory('44') }));
    expect(await swap.verify(args, before, [], odd)).toMatchObject({
      error: { code: 'not-swapped' },
    });
  });

  it('is deferred where one of the three is pending', async () => {
    for (const path of Object.values(args)) {
      expect(await isDeferredBy(swap, args, host(old), { kind: 'path', path })).toBe(true);
    }
  });
});
