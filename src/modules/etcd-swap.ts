import Type from 'typebox';
import type { Change } from '../core/change.js';
import { refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

/**
 * Two renames: the old data directory aside, the restored one into its place. Nothing is copied and
 * nothing is deleted. Between the two there is no data directory: that state is known, and gone on from.
 */
export const etcdSwap = defineModule({
  name: 'etcd_swap',
  summary: 'Puts the restored directory in the place of the data directory, which is kept.',
  place: 'host',
  args: argumentsOf({
    data_dir: hostPath('The data directory.'),
    staged: hostPath('The restored directory.'),
    staged_inode: Type.String({ description: 'Its inode: what the data directory’s will be.' }),
    keep: hostPath('Where the old data directory is kept.'),
  }),
  result: Type.Object({
    data_dir: Type.String(),
    kept: Type.String({ description: 'Empty when there was no old data directory.' }),
  }),
  readOnly: false,
  gives: () => ['swapped'],
  needs: () => ['gone:etcd', 'gone:kube-apiserver', 'staged'],
  mayAlter: ({ data_dir, staged, keep }) =>
    [data_dir, staged, keep].map((path) => ({ kind: 'path', path })),
  repeatable: false,
  undo: { kind: 'derived' },

  async probe({ data_dir, staged, keep }, ask) {
    const seen = await ask.host({
      data: { kind: 'stat', path: data_dir },
      staged: { kind: 'stat', path: staged },
      keep: { kind: 'stat', path: keep },
    });
    if (!seen.ok) return seen;
    return ok({
      data: seen.value.data?.inode ?? null,
      staged: seen.value.staged?.inode ?? null,
      keep: seen.value.keep?.inode ?? null,
    });
  },

  plan({ data_dir, staged, staged_inode, keep }, before) {
    if (before.data === staged_inode) return ok([]);
    if (before.staged !== staged_inode) {
      const message = `${staged} is ${before.staged === null ? 'missing' : 'not the directory that was restored'}`;
      return err(refused('not-staged', message, 'restore it again: nothing was swapped here'));
    }
    const aside: Change[] = [];
    if (before.data !== null) {
      if (before.keep !== null) {
        const message = `${keep} exists already, and so does ${data_dir}`;
        return err(refused('keep-exists', message, 'look at both, and move the kept one away'));
      }
      aside.push(
        { kind: 'make-directory', path: parentOf(keep), mode: 0o700 },
        { kind: 'rename', from: data_dir, to: keep },
      );
    }
    return ok([...aside, { kind: 'rename', from: staged, to: data_dir }]);
  },

  async verify({ data_dir, staged_inode, keep }, before, _receipts, ask) {
    const seen = await ask.host({
      data: { kind: 'stat', path: data_dir },
      list: { kind: 'list', path: data_dir },
      keep: { kind: 'stat', path: keep },
    });
    if (!seen.ok) return seen;
    const { data, list } = seen.value;
    const isKept = before.data === null || before.data === staged_inode;
    if (data?.inode === staged_inode && list?.join() === 'member') {
      if (isKept || seen.value.keep?.inode === before.data) {
        return ok({ data_dir, kept: seen.value.keep === null ? '' : keep });
      }
    }
    const message = `${data_dir} is not the restored directory`;
    return err(refused('not-swapped', message, 'nothing was started; it will be taken back'));
  },
  material: (before) => before,
});
