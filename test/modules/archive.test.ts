import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import { archive } from '../../src/modules/archive.js';
import { isDeferredBy, refusalOf, resultOf, thereAndBack } from './steps.js';
import { type Entry, places, RUN, type Table } from './table-host.js';

const directory: Entry = { type: 'directory', mode: 0o755 };
const args = { paths: ['/etc/a', '/etc/b'], to: '/root/out.tar.gz' };
const tools = { tar: '/bin/tar', gzip: '/bin/gzip', zstd: null };
const sound = { 'archive-list': () => ({ entries: 5, missing: [] }) };
const host = (files: Table['files'] = {}, more: Table = {}): Table => ({
  files: { '/etc': directory, '/root': directory, '/etc/a': directory, '/etc/b': {}, ...files },
  tools,
  says: sound,
  ...more,
});

describe('archive', () => {
  it('packs what it is given, reads it back, and is taken into the trash again', async () => {
    const { changes, result } = await thereAndBack(archive, args, host());
    expect(changes).toEqual([
      { kind: 'archive', ...args, compression: 'gzip', trash: `/var/lib/runback/trash/${RUN}` },
    ]);
    const text = 'tar of /etc/a /etc/b';
    expect(result).toEqual({
      path: args.to,
      sha256: sha256(text),
      size_bytes: text.length,
      entries: 5,
    });
  });

  it('has nothing to do where an archive lies that holds all of it', async () => {
    const there = host({ [args.to]: { text: 'tar' } });
    expect((await resultOf(archive, args, places(there))).entries).toBe(5);
  });

  it('is as its name says', async () => {
    const compressed = async (to: string, more: Table['tools'] = tools) => {
      const before = await archive.probe({ ...args, to }, places(host({}, { tools: more })));
      const planned = before.ok ? archive.plan({ ...args, to }, before.value) : before;
      return planned.ok
        ? (planned.value[0] as { compression: string }).compression
        : planned.error.code;
    };
    expect(await compressed('/root/a.tar')).toBe('none');
    expect(await compressed('/root/a.tgz')).toBe('gzip');
    expect(await compressed('/root/a.tar.zst', { ...tools, zstd: '/bin/zstd' })).toBe('zstd');
    expect(await compressed('/root/a.tar.zst')).toBe('tool-missing');
    expect(await compressed('/root/a.zip')).toBe('format-unknown');
  });

  it('is not written over another file, into itself, of nothing, or to nowhere', async () => {
    const code = async (table: Table, more: Partial<typeof args> = {}) =>
      (await refusalOf(archive, { ...args, ...more }, places(table))).code;
    const there = { [args.to]: { text: 'other' } };
    const says = { 'archive-list': () => ({ entries: 1, missing: ['/etc/b'] }) };
    expect(await code(host(there, { says }))).toBe('file-exists');
    const broken = { 'archive-list': () => ({ reason: 'failed', detail: 'no tar' }) as const };
    expect(await code(host(there, { says: broken }))).toBe('file-exists');
    expect(await code(host(), { to: '/etc/a/out.tar' })).toBe('inside-itself');
    expect(await code(host(), { paths: ['/etc/none'] })).toBe('source-missing');
    expect(await code(host(), { to: '/nowhere/out.tar' })).toBe('no-directory');
  });

  it('is deferred where something that is to go into it is pending', async () => {
    const isDeferred = (path: string) =>
      isDeferredBy(archive, args, host(), { kind: 'path', path });
    expect(await isDeferred('/etc/a')).toBe(true);
    expect(await isDeferred('/root/out.tar.gz')).toBe(true);
    expect(await isDeferred('/srv')).toBe(false);
  });
});
