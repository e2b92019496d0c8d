import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import type { ChangeId } from '../../src/core/names.js';
import { etcdSwap } from '../../src/modules/etcd-swap.js';
import { LAYOUT, memberOf } from './cluster.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { type Entry, places, type Table, TableHost } from './table-host.js';

const DATA = '/var/lib/etcd';
const STAGED = '/var/lib/runback/work/run/etcd';
const KEEP = '/var/lib/runback/work/run/etcd.before';
const staging = { inode: '77', wal: {} };
const args = { member: memberOf('cp1'), run: 'run', staged: staging };
const directory = (inode: string): Entry => ({ type: 'directory', inode });

const staged = { [STAGED]: directory('77'), [`${STAGED}/member`]: directory('78') };
const work = { '/var/lib/runback/work/run': directory('60'), '/var/lib': directory('50') };
const old = { [DATA]: directory('11'), [`${DATA}/member`]: directory('12') };
const host = (files: Table['files']): Table => ({ files: { ...work, ...files } });

describe('etcd_swap', () => {
  it('is two renames, and is taken back by two', async () => {
    const { changes, result } = await thereAndBack(etcdSwap, args, host({ ...old, ...staged }));
    expect(changes).toEqual([
      { kind: 'make-directory', path: '/var/lib/runback/work/run', mode: 0o700 },
      { kind: 'rename', from: DATA, to: KEEP },
      { kind: 'rename', from: STAGED, to: DATA },
    ]);
    expect(result).toEqual({ data_dir: DATA, kept: [KEEP] });
  });

  it('is one rename where the data directory is missing', async () => {
    const { changes, result } = await thereAndBack(etcdSwap, args, host(staged));
    expect(changes).toEqual([{ kind: 'rename', from: STAGED, to: DATA }]);
    expect(result.kept).toEqual([]);
  });

  it('keeps an empty data directory too', async () => {
    const table = host({ [DATA]: directory('11'), ...staged });
    const { result } = await thereAndBack(etcdSwap, args, table);
    expect(result.kept).toEqual([KEEP]);
  });

  it('goes on from between the two renames', async () => {
    const between = host({ [KEEP]: directory('11'), ...staged });
    expect(await planOf(etcdSwap, args, places(between))).toEqual([
      { kind: 'rename', from: STAGED, to: DATA },
    ]);
  });

  it('has nothing to do when it is done', async () => {
    const done = host({
      [DATA]: directory('77'),
      [`${DATA}/member`]: directory('78'),
      [KEEP]: directory('11'),
    });
    expect(await resultOf(etcdSwap, args, places(done))).toEqual({ data_dir: DATA, kept: [KEEP] });
  });

  it('demands that etcd and the API servers are gone, and that all is staged', () => {
    expect(etcdSwap.needs?.({})).toEqual(['gone:etcd', 'gone:kube-apiserver', 'staged']);
  });

  it('refuses when nothing is staged, or something else', async () => {
    for (const files of [old, { ...old, [STAGED]: directory('99') }]) {
      const failure = await refusalOf(etcdSwap, args, places(host(files)));
      expect(failure.code).toBe('not-staged');
    }
  });

  it('never puts a data directory over one that was kept', async () => {
    const table = host({ ...old, ...staged, [KEEP]: directory('10') });
    expect((await refusalOf(etcdSwap, args, places(table))).code).toBe('keep-exists');
  });

  it('is not believed when another file lies in the new data directory', async () => {
    const odd = host({
      [DATA]: directory('77'),
      [`${DATA}/member`]: directory('78'),
      [`${DATA}/.lost`]: {},
    });
    expect((await refusalOf(etcdSwap, args, places(odd))).code).toBe('not-swapped');
  });

  it('is not believed when the old directory is not the one that was kept', async () => {
    const table = new TableHost(host({ ...old, ...staged }));
    const before = await etcdSwap.probe(args, places(table));
    if (!before.ok) throw new Error(before.error.message);
    const rename = (from: string, to: string): Change => ({ kind: 'rename', from, to });
    table.carryOut(rename(DATA, '/var/lib/elsewhere'), 'a' as ChangeId);
    table.carryOut(rename(STAGED, DATA), 'b' as ChangeId);
    const verified = await etcdSwap.verify(args, before.value, [], places(table));
    expect(verified).toMatchObject({ ok: false, error: { code: 'not-swapped' } });
  });
});

describe('etcd_swap in a mount point', () => {
  const BASE = `${DATA}/.runback`;
  const member = memberOf('cp1', {
    layout: { ...LAYOUT, moved: `${DATA}/member`, staging_dir: BASE },
  });
  const given = { member, run: 'run', staged: { inode: '78', wal: {} } };
  const mount: Table['files'] = {
    [DATA]: directory('2'),
    [`${DATA}/lost+found`]: directory('11'),
    [`${DATA}/member`]: directory('12'),
    [BASE]: directory('60'),
    [`${BASE}/run`]: directory('61'),
    [`${BASE}/run/etcd`]: directory('77'),
    [`${BASE}/run/etcd/member`]: directory('78'),
    [`${BASE}/run/etcd/member/snap`]: directory('79'),
    [`${BASE}/run/etcd/member/wal`]: directory('80'),
  };

  it('renames what is inside, and leaves the rest alone', async () => {
    const { changes, result } = await thereAndBack(etcdSwap, given, { files: mount });
    expect(changes).toEqual([
      { kind: 'make-directory', path: `${BASE}/run/etcd.before`, mode: 0o700 },
      { kind: 'rename', from: `${DATA}/member`, to: `${BASE}/run/etcd.before/member` },
      { kind: 'rename', from: `${BASE}/run/etcd/member`, to: `${DATA}/member` },
    ]);
    expect(result.kept).toEqual([`${BASE}/run/etcd.before`]);
  });

  it('needs no old one: a mount point may be empty', async () => {
    const files = { ...mount };
    delete files[`${DATA}/member`];
    const { changes, result } = await thereAndBack(etcdSwap, given, { files });
    expect(changes).toHaveLength(1);
    expect(result.kept).toEqual([]);
  });
});

describe('etcd_swap with a WAL of its own', () => {
  const WAL = '/srv/wal';
  const NEW = '/srv/.runback/run/wal';
  const layout = { ...LAYOUT, wal_dir: WAL, wal_staging_dir: '/srv/.runback' };
  const given = {
    member: memberOf('cp1', { layout }),
    run: 'run',
    staged: { inode: '77', wal: { '.': '87' } },
  };
  const wal: Table['files'] = {
    '/srv': directory('40'),
    '/srv/.runback': directory('41'),
    '/srv/.runback/run': directory('42'),
    [WAL]: directory('43'),
    [NEW]: directory('87'),
  };

  it('takes the old data away first, and puts the new data in last', async () => {
    const { changes, result } = await thereAndBack(
      etcdSwap,
      given,
      host({ ...old, ...staged, ...wal }),
    );
    expect(changes.filter(({ kind }) => kind === 'rename')).toEqual([
      { kind: 'rename', from: DATA, to: KEEP },
      { kind: 'rename', from: WAL, to: `${NEW}.before` },
      { kind: 'rename', from: NEW, to: WAL },
      { kind: 'rename', from: STAGED, to: DATA },
    ]);
    expect(result.kept).toEqual([KEEP, `${NEW}.before`]);
  });

  it('goes on from a half pair, and does not take it for a whole one', async () => {
    const half = host({ [DATA]: directory('77'), [`${DATA}/member`]: directory('78'), ...wal });
    expect(await planOf(etcdSwap, given, places(half))).toEqual([
      { kind: 'make-directory', path: '/srv/.runback/run', mode: 0o700 },
      { kind: 'rename', from: WAL, to: `${NEW}.before` },
      { kind: 'rename', from: NEW, to: WAL },
    ]);
  });

  it('refuses when the data are there and the WAL is not the one that was made', async () => {
    const table = host({ ...old, ...staged, ...wal, [NEW]: directory('99') });
    const failure = await refusalOf(etcdSwap, given, places(table));
    expect(failure).toMatchObject({ code: 'not-staged', message: expect.stringContaining(NEW) });
  });

  it('renames each file where the WAL directory is a mount point', async () => {
    const base = `${WAL}/.runback`;
    const inside = { ...layout, wal_is_mount: true, wal_staging_dir: base };
    const first = '0000000000000000-0000000000000000.wal';
    const segments = {
      '0.tmp': '91',
      [first]: '92',
      '0000000000000001-00000000000000a0.wal': '93',
    };
    const files: Table['files'] = {
      ...old,
      ...staged,
      [WAL]: directory('2'),
      [`${WAL}/lost+found`]: directory('11'),
      [base]: directory('41'),
      [`${base}/run`]: directory('42'),
      [`${base}/run/wal`]: directory('43'),
      [`${base}/run/wal/${first}`]: { inode: '94' },
      ...Object.fromEntries(
        Object.entries(segments).map(([name, inode]) => [`${WAL}/${name}`, { inode }]),
      ),
    };
    const { changes, host: after } = await thereAndBack(
      etcdSwap,
      {
        ...given,
        member: memberOf('cp1', { layout: inside }),
        staged: { inode: '77', wal: { [first]: '94' } },
      },
      host(files),
    );
    const renamed = changes.flatMap((change) => (change.kind === 'rename' ? [change.to] : []));
    expect(renamed).toEqual([
      KEEP,
      ...Object.keys(segments)
        .toSorted()
        .map((name) => `${base}/run/wal.before/${name}`),
      `${WAL}/${first}`,
      DATA,
    ]);
    expect(after.files.get(`${WAL}/${first}`)?.inode, 'after going back').toBe('92');
  });

  it('has a link where the data directory had one', async () => {
    const linked = { ...layout, wal_link: WAL };
    const table = host({
      ...old,
      ...staged,
      ...wal,
      [`${STAGED}/member/wal`]: { type: 'link', target: WAL },
    });
    const { changes } = await thereAndBack(
      etcdSwap,
      { ...given, member: memberOf('cp1', { layout: linked }) },
      table,
    );
    expect(changes.filter(({ kind }) => kind === 'rename')).toHaveLength(4);
  });
});
