import Type from 'typebox';
import { refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

/** This machine → host. Proves on every host that the same bytes lie there. */
export const sendFile = defineModule({
  name: 'send_file',
  summary: 'Sends a file whose digest is known from this machine to the host.',
  example: `
- name: Send the snapshot to every member
  send_file:
    from: \${{ results.snapshot.path }}
    to: \${{ vars.work_dir }}/\${{ run.id }}/snapshot.db
    sha256: \${{ results.snapshot.sha256 }}
`,
  place: 'host',
  args: argumentsOf({
    from: Type.String({ description: 'The file on this machine.' }),
    to: hostPath('The file on the host. Its directory is made 0700, the file 0600.'),
    sha256: Type.String({ description: 'What it must be.' }),
  }),
  result: Type.Object({ path: Type.String(), sha256: Type.String(), size_bytes: Type.Integer() }),
  readOnly: false,
  gives: () => ['same-snapshot'],
  mayAlter: ({ to }) => [{ kind: 'path', path: to }],
  repeatable: true,
  undo: { kind: 'derived' },

  async probe({ from, to }, ask) {
    const here = await ask.controller({ file: { kind: 'digest', path: from } });
    if (!here.ok) return here;
    const there = await ask.host({
      file: { kind: 'digest', path: to },
      room: { kind: 'mount', path: parentOf(to) },
    });
    if (!there.ok) return there;
    const { file, room } = there.value;
    return ok({
      here: here.value.file?.sha256 ?? null,
      size: here.value.file?.sizeBytes ?? 0,
      there: file?.sha256 ?? null,
      free: room.freeBytes,
    });
  },

  plan({ from, to, sha256 }, { here, size, there, free }) {
    if (there === sha256) return ok([]);
    if (here !== sha256) {
      const message = `${from} is ${here === null ? 'missing' : 'not the file that was checked'}`;
      return err(refused('source-changed', message, 'check it again', `wanted ${sha256}`));
    }
    if (there !== null) {
      const message = `another file is there already: ${to}`;
      return err(refused('file-exists', message, 'move it away, or name another place'));
    }
    if (free < size) {
      const message = `${to}: ${free} bytes are free, and ${size} are needed`;
      return err(refused('no-room', message, 'make room on the host'));
    }
    return ok([
      { kind: 'make-directory', path: parentOf(to), mode: 0o700 },
      { kind: 'send', from, to, sha256, sizeBytes: size, mode: 0o600 },
    ]);
  },

  async verify({ to, sha256 }, _before, _receipts, ask) {
    const there = await ask.host({ file: { kind: 'digest', path: to } });
    if (!there.ok) return there;
    const { file } = there.value;
    if (file?.sha256 === sha256) return ok({ path: to, sha256, size_bytes: file.sizeBytes });
    const message = `${to} is not what was sent`;
    return err(refused('digest-mismatch', message, 'look at the host’s disk, then run it again'));
  },
  material: ({ there }) => ({ there }),
});
