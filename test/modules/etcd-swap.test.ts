import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import type { ChangeId } from '../../src/core/names.js';
import { etcdSwap } from '../../src/modules/etcd-swap.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { type Entry, places, type Table, TableHost } from './table-host.js';

const DATA = '/var/lib/etcd';
const STAGED = '/var/lib/runback/work/run/etcd';
const KEEP = '/var/lib/runback/work/run/etcd.before';
const args = { data_dir: DATA, staged: STAGED, staged_inode: '77', keep: KEEP };
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
    expect(result).toEqual({ data_dir: DATA, kept: KEEP });
  });

  it('is one rename where the data directory is missing', async () => {
    const { changes, result } = await thereAndBack(etcdSwap, args, host(staged));
    expect(changes).toEqual([{ kind: 'rename', from: STAGED, to: DATA }]);
    expect(result.kept).toBe('');
  });

  it('keeps an empty data directory too', async () => {
    const table = host({ [DATA]: directory('11'), ...staged });
    const { result } = await thereAndBack(etcdSwap, args, table);
    expect(result.kept).toBe(KEEP);
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
    expect(await resultOf(etcdSwap, args, places(done))).toEqual({ data_dir: DATA, kept: KEEP });
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
