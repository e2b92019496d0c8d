import Type from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

/** Host → this machine. What is there already under that name is never overwritten by other bytes. */
export const fetchFile = defineModule({
  name: 'fetch_file',
  summary: 'Brings a file whose digest is known from the host to this machine.',
  example: `
- name: Bring the snapshot here
  fetch_file:
    from: \${{ results.snapshot.path }}
    to: \${{ vars.backup_dir }}/\${{ run.id }}/snapshot.db
    sha256: \${{ results.snapshot.sha256 }}
`,
  place: 'host',
  args: argumentsOf({
    from: hostPath('The file on the host.'),
    to: Type.String({ description: 'The file on this machine. Made 0600.' }),
    sha256: Type.String({ description: 'What it must be.' }),
  }),
  result: Type.Object({ path: Type.String(), sha256: Type.String(), size_bytes: Type.Integer() }),
  readOnly: false,
  mayAlter: ({ to }) => [{ kind: 'path', path: to }],
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ from, to }, ask) {
    const there = await ask.host({ file: { kind: 'digest', path: from } });
    if (!there.ok) return there;
    const here = await ask.controller({ file: { kind: 'digest', path: to } });
    if (!here.ok) return here;
    return ok({ there: there.value.file?.sha256 ?? null, here: here.value.file?.sha256 ?? null });
  },

  plan({ from, to, sha256 }, before) {
    if (before.here === sha256) return ok([]);
    if (before.here !== null) {
      const message = `another file is on this machine already: ${to}`;
      return err(refused('file-exists', message, 'move it away, or name another place'));
    }
    if (before.there !== sha256) {
      const message = `${from} is ${before.there === null ? 'missing' : 'not the file that it was'}`;
      return err(refused('source-changed', message, 'look at the host', `wanted ${sha256}`));
    }
    return ok([{ kind: 'fetch', from, to }]);
  },

  async verify({ to, sha256 }, _before, _receipts, ask) {
    const here = await ask.controller({ file: { kind: 'digest', path: to } });
    if (!here.ok) return here;
    const { file } = here.value;
    if (file?.sha256 === sha256) return ok({ path: to, sha256, size_bytes: file.sizeBytes });
    const message = `${to} is not what the host had`;
    return err(refused('digest-mismatch', message, 'fetch it again; look at this machine’s disk'));
  },
  material: ({ there }) => ({ there }),
});
