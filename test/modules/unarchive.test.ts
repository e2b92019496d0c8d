import { expect, it } from 'vitest';
import { unarchive } from '../../src/modules/unarchive.js';
import { planOf, refusalOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const args = { from: '/root/pki.tar.gz', only: '/etc/kubernetes/pki', to: '/srv/new/pki' };
const PART = '/srv/new/.pki.part';

const table: Table = {
  files: { '/srv/new': { type: 'directory' }, '/root/pki.tar.gz': {} },
  tools: { tar: '/usr/bin/tar', gzip: '/usr/bin/gzip' },
  says: { 'archive-list': () => ({ entries: 3, missing: [] }) },
  runs: (argv, host) => {
    expect(argv.slice(-2)).toEqual(['--', 'etc/kubernetes/pki']);
    host.put(`${PART}/pki`, { type: 'directory', mode: 0o755 });
    host.put(`${PART}/pki/ca.crt`, { text: 'ca' });
  },
};

it('unpacks beside the name, gives it in one rename, and takes it back into the trash', async () => {
  const { changes, host } = await thereAndBack(unarchive, args, table);
  expect(changes.map(({ kind }) => kind)).toEqual([
    'make-directory',
    'run',
    'rename',
    'remove-empty-directories',
  ]);
  expect([...host.files.keys()].some((path) => path.startsWith('/srv/new/'))).toBe(false);
  expect([...host.files.keys()].filter((path) => path.endsWith('/ca.crt'))).toHaveLength(1);
});

it('has nothing to do where it is there, and does not touch it on the way back', async () => {
  const files = { ...table.files, [args.to]: { type: 'directory' as const, inode: '7' } };
  const { changes, result, host } = await thereAndBack(unarchive, args, { ...table, files });
  expect(changes).toEqual([]);
  expect(result).toEqual({ path: args.to, inode: '7' });
  expect(host.files.has(args.to)).toBe(true);
});

it('puts away what an earlier attempt has left', async () => {
  const files = { ...table.files, [PART]: { type: 'directory' as const } };
  const changes = await planOf(unarchive, args, places({ ...table, files }));
  expect(changes[0]).toMatchObject({ kind: 'remove', path: PART });
});

const missing = { 'archive-list': () => ({ entries: 3, missing: [args.only] }) } as const;
const torn = { 'archive-list': () => ({ reason: 'failed', detail: 'it is torn' }) } as const;

it.each<[string, Table]>([
  ['archive-unusable', { ...table, says: missing }],
  ['archive-unusable', { ...table, says: torn }],
  ['tool-missing', { ...table, tools: { tar: '/usr/bin/tar', gzip: null } }],
  ['no-directory', { ...table, files: {} }],
])('refuses: %s', async (code, at) => {
  expect((await refusalOf(unarchive, args, places(at))).code).toBe(code);
});

it('refuses what is no archive by its name', async () => {
  const zip = { ...args, from: '/root/pki.zip' };
  expect((await refusalOf(unarchive, zip, places(table))).code).toBe('format-unknown');
});
