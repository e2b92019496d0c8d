import { describe, expect, it } from 'vitest';
import type { ChangeId } from '../../src/core/names.js';
import type { Layout } from '../../src/modules/etcd/layout.js';
import { etcdDataAside } from '../../src/modules/etcd-data-aside.js';
import { LAYOUT, memberOf } from './cluster.js';
import { planOf, refusalOf, thereAndBack } from './steps.js';
import { type Entry, places, type Table, TableHost } from './table-host.js';

const OWNER = { uid: 7, gid: 8 };
const old = (mode: number): Entry => ({ type: 'directory', mode, ...OWNER });
const at = (layout: Partial<Layout> = {}) => ({
  member: memberOf('cp3', { ...OWNER, mode: 0o750, layout: { ...LAYOUT, ...layout } }),
  run: 'RUN',
});
const WORK = '/var/lib/runback/work/RUN';
const PLAIN: Table = {
  files: { '/var/lib/etcd': old(0o750), '/var/lib/etcd/member': old(0o700) },
};

/** Where data and WAL lie, what is renamed, and what etcd finds. */
const LAYOUTS: readonly (readonly [
  string,
  Partial<Layout>,
  Table,
  readonly (readonly [string, string, number])[],
])[] = [
  ['a plain directory', {}, PLAIN, [['/var/lib/etcd', `${WORK}/etcd.before`, 0o750]]],
  [
    'a directory on another mount',
    { staging_dir: '/var/lib/.runback' },
    { ...PLAIN, mounts: ['/var/lib/runback'] },
    [['/var/lib/etcd', '/var/lib/.runback/RUN/etcd.before', 0o750]],
  ],
  [
    'a mount point',
    { moved: '/var/lib/etcd/member', staging_dir: '/var/lib/etcd/.runback' },
    { ...PLAIN, mounts: ['/var/lib/etcd'] },
    [['/var/lib/etcd/member', '/var/lib/etcd/.runback/RUN/etcd.before/member', 0o700]],
  ],
  [
    'a WAL directory of its own',
    { wal_dir: '/wal/etcd', wal_staging_dir: '/wal/.runback' },
    { files: { ...PLAIN.files, '/wal/etcd': old(0o755) }, mounts: ['/wal'] },
    [
      ['/var/lib/etcd', `${WORK}/etcd.before`, 0o750],
      ['/wal/etcd', '/wal/.runback/RUN/wal.before', 0o750],
    ],
  ],
  [
    'a --wal-dir that is a link, which goes in place of what it leads to',
    { wal_dir: '/disk/wal', wal_staging_dir: '/disk/.runback', wal_name: '/srv/wal' },
    {
      files: {
        ...PLAIN.files,
        '/disk/wal': old(0o700),
        '/disk/wal/1.wal': {},
        '/srv/wal': { type: 'link', target: '/disk/wal' },
      },
    },
    [
      ['/var/lib/etcd', `${WORK}/etcd.before`, 0o750],
      ['/srv/wal', '/srv/.runback/RUN/wal.before', 0o700],
    ],
  ],
  [
    'a member/wal that is a link, which goes with the data',
    { wal_dir: '/disk/wal', wal_staging_dir: '/disk/.runback', wal_link: '/disk/wal' },
    { files: { ...PLAIN.files, '/disk/wal': old(0o700) } },
    [['/var/lib/etcd', `${WORK}/etcd.before`, 0o750]],
  ],
];

describe('etcd_data_aside', () => {
  it.each(LAYOUTS)('keeps %s whole, has an empty one there, and goes back', async (...given) => {
    const [, layout, table, moves] = given;
    const { changes, result, host } = await thereAndBack(etcdDataAside, at(layout), table);
    const renames = changes.filter(({ kind }) => kind === 'rename');
    expect(renames).toMatchObject(moves.map(([from, to]) => ({ from, to })));
    expect(changes.slice(-moves.length)).toMatchObject(
      moves.map(([path, , mode]) => ({ kind: 'make-directory', path, mode, ...OWNER })),
    );
    const stays = layout.wal_link !== undefined || layout.wal_name !== undefined;
    expect(result.kept).toEqual([...moves.map(([, to]) => to), ...(stays ? ['/disk/wal'] : [])]);
    for (const path of Object.keys(table.files ?? {}))
      expect(host.files.has(path), path).toBe(true);
    expect([...host.files.keys()].filter((path) => path.endsWith('.before'))).toEqual([]);
  });

  it('goes back from between data and WAL, and puts what the new member wrote into the trash', async () => {
    const [, layout, table] = LAYOUTS[3] ?? [];
    const args = at(layout);
    for (let done = 0; done <= 6; done++) {
      const host = new TableHost(table ?? {});
      const before = await etcdDataAside.probe(args, places(host));
      const changes = await planOf(etcdDataAside, args, places(host));
      expect(changes).toHaveLength(6);
      for (const [index, change] of changes.slice(0, done).entries()) {
        host.carryOut(change, `${index}` as ChangeId);
      }
      if (done === 6) host.put('/var/lib/etcd/member', { type: 'directory' });
      if (!before.ok || etcdDataAside.undo.kind !== 'by-cases') throw new Error('no way back');
      const cases = etcdDataAside.undo.cases(args, before.value);
      const holding = cases.filter(({ when }) =>
        when.every(({ path, is }) => host.files.has(path) === (is === 'present')),
      );
      expect(holding, `${done}`).toHaveLength(1);
      for (const [index, change] of (holding[0]?.changes ?? []).entries()) {
        host.carryOut(change, `back${index}` as ChangeId);
      }
      const after = await etcdDataAside.probe(args, places(host));
      expect(after, `${done}`).toEqual(before);
    }
  });

  it('goes on where it was cut off', async () => {
    const host = new TableHost(PLAIN);
    const changes = await planOf(etcdDataAside, at(), places(host));
    for (const change of changes.slice(0, 2)) host.carryOut(change, 'a' as ChangeId);
    expect(await planOf(etcdDataAside, at(), places(host))).toEqual(changes.slice(2));
  });

  it('makes one where none was, and takes it away again', async () => {
    const { changes, result } = await thereAndBack(etcdDataAside, at(), {});
    expect(changes).toMatchObject([{ path: `${WORK}/etcd.before` }, { path: '/var/lib/etcd' }]);
    expect(result.kept).toEqual([`${WORK}/etcd.before`]);
  });

  it('refuses while etcd runs, in a WAL that is a mount, and across mounts', async () => {
    const wal = { wal_dir: '/wal', wal_staging_dir: '/wal/.runback' };
    const cases: readonly (readonly [string, Table, Partial<Layout>?])[] = [
      ['etcd-runs', { processes: ['etcd'] }],
      ['is-a-mount', { mounts: ['/var/lib/etcd'] }],
      ['other-mount', { mounts: ['/var/lib/runback'] }],
      ['wal-is-mount', {}, { ...wal, wal_is_mount: true }],
      ['wal-is-mount', {}, { ...wal, wal_is_volume: true }],
    ];
    for (const [code, more, layout] of cases) {
      const failure = await refusalOf(etcdDataAside, at(layout), places({ ...PLAIN, ...more }));
      expect(failure.code, JSON.stringify(more)).toBe(code);
    }
  });
});
