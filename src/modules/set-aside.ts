import Type from 'typebox';
import { refused } from '../core/failure.js';
import { isWithin, join, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

/** What looks like deleting, and is not: a rename, which a rollback takes back. */
export const setAside = defineModule({
  name: 'set_aside',
  summary: 'Moves a file or directory out of the way, into a directory on the same mount.',
  example: `
- name: Take the data directory away
  set_aside:
    path: \${{ results.etcd.data_dir }}
    into: \${{ vars.work_dir }}/\${{ run.id }}
`,
  place: 'host',
  args: argumentsOf({
    path: hostPath('What is moved.'),
    into: hostPath('The directory it is moved into.'),
  }),
  result: Type.Object({ moved: Type.Boolean() }),
  readOnly: false,
  needs: () => ['gone:etcd'],
  mayAlter: ({ path }) => [{ kind: 'path', path }],
  repeatable: true,
  undo: { kind: 'derived' },

  async probe({ path }, ask) {
    const seen = await ask.host({ it: { kind: 'stat', path } });
    return seen.ok ? ok({ inode: seen.value.it?.inode ?? null }) : seen;
  },
  plan({ path, into }, { inode }) {
    if (parentOf(path) === '/' || isWithin(into, path)) {
      const message = `${path} cannot be moved into ${into}`;
      const next = 'name what lies deeper than the root, and a directory outside of it';
      return err(refused('not-to-be-moved', message, next));
    }
    return ok(inode === null ? [] : [{ kind: 'remove', path, trash: into }]);
  },
  async verify({ path, into }, before, _receipts, ask) {
    const seen = await ask.host({ it: { kind: 'stat', path } });
    if (!seen.ok) return seen;
    if (seen.value.it === null) return ok({ moved: before.inode !== null });
    const message = `${path} is still there`;
    return err(refused('still-there', message, `see who makes it again, and ${join(into, '')}`));
  },
  material: (before) => before,
});
