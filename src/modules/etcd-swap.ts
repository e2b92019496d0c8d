import Type, { type Static } from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { isOldKept, isSwapped, planSwap, type Swap, seeSwap } from './swapping.js';

const args = argumentsOf({
  data_dir: hostPath('The data directory.'),
  staged: hostPath('The restored directory.'),
  staged_inode: Type.String({ description: 'Its inode: what the data directory’s will be.' }),
  keep: hostPath('Where the old data directory is kept.'),
});

/** The swap of a data directory: what was prepared is known by its inode, and holds nothing but `member`. */
export const etcdSwap = defineModule({
  name: 'etcd_swap',
  summary: 'Puts the restored directory in the place of the data directory, which is kept.',
  example: `
- name: Swap the data directories
  etcd_swap:
    data_dir: \${{ results.etcd.data_dir }}
    staged: \${{ vars.work_dir }}/\${{ run.id }}/etcd
    staged_inode: \${{ results.staged.inode }}
    keep: \${{ vars.work_dir }}/\${{ run.id }}/etcd.before
`,
  place: 'host',
  args,
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

  probe: (given, ask) => seeSwap(swapOf(given), ask),
  plan: (given, before) => planSwap(swapOf(given), before),

  async verify(given, before, _receipts, ask) {
    const { data_dir, keep } = given;
    const swap = swapOf(given);
    const now = await seeSwap(swap, ask);
    if (!now.ok) return now;
    const seen = await ask.host({ list: { kind: 'list', path: data_dir } });
    if (!seen.ok) return seen;
    const isWhole = seen.value.list?.join() === 'member';
    if (isSwapped(swap, now.value) && isWhole && isOldKept(swap, before, now.value)) {
      return ok({ data_dir, kept: now.value.keep === null ? '' : keep });
    }
    const message = `${data_dir} is not the restored directory`;
    return err(refused('not-swapped', message, 'nothing was started; it will be taken back'));
  },
  material: (before) => before,
});

function swapOf({ data_dir, staged, staged_inode, keep }: Static<typeof args>): Swap {
  return { place: data_dir, prepared: staged, inode: staged_inode, keep };
}
