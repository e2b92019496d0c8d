import Type from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

/** The one deletion there is: of a file whose same bytes are on this machine, checked just before. */
export const discardCopy = defineModule({
  name: 'discard_copy',
  summary: 'Deletes a file on the host whose same bytes are on this machine.',
  example: `
- name: Take the host's copy away
  discard_copy:
    path: \${{ results.snapshot.path }}
    original: \${{ vars.backup_dir }}/\${{ run.id }}/snapshot.db
    sha256: \${{ results.snapshot.sha256 }}
`,
  place: 'host',
  args: argumentsOf({
    path: hostPath('The copy on the host.'),
    original: Type.String({ description: 'The same file on this machine.' }),
    sha256: Type.String({ description: 'What both must be.' }),
  }),
  result: Type.Object({ path: Type.String() }),
  readOnly: false,
  mayAlter: ({ path }) => [{ kind: 'path', path }],
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ path, original }, ask) {
    const there = await ask.host({ file: { kind: 'digest', path } });
    if (!there.ok) return there;
    const here = await ask.controller({ file: { kind: 'digest', path: original } });
    if (!here.ok) return here;
    return ok({ there: there.value.file?.sha256 ?? null, here: here.value.file?.sha256 ?? null });
  },

  plan({ path, original, sha256 }, { there, here }) {
    if (there === null) return ok([]);
    if (there !== sha256 || here !== sha256) {
      const message = `${path} and ${original} are not the same file`;
      return err(refused('not-a-copy', message, 'nothing was deleted: look at both'));
    }
    return ok([
      {
        kind: 'run',
        argv: ['rm', '-f', '--', path],
        timeoutMs: 60_000,
        repeatable: true,
        effects: [{ kind: 'path', path }],
      },
    ]);
  },

  async verify({ path }, _before, _receipts, ask) {
    const seen = await ask.host({ file: { kind: 'stat', path } });
    if (!seen.ok) return seen;
    if (seen.value.file === null) return ok({ path });
    return err(refused('still-there', `${path} is still there`, 'delete it by hand'));
  },
  material: () => ({}),
});
