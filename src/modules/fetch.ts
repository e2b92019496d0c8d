import Type from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, controllerPath, hostPath } from './arguments.js';

/** Host → this machine. What is here already under that name is never overwritten by other bytes. */
export const fetch = defineModule({
  name: 'fetch',
  summary: 'Brings a file from the host to this machine, and compares digests at both ends.',
  example: `
- name: Bring every host's administrator's kubeconfig here
  fetch:
    from: /etc/kubernetes/admin.conf
    to: \${{ vars.backup_dir }}/\${{ run.id }}/\${{ host.name }}/admin.conf
`,
  place: 'host',
  args: argumentsOf({
    from: hostPath('The file on the host.'),
    to: controllerPath(
      'The file here, made 0600; with ${{ host.name }} in it where hosts are many.',
    ),
  }),
  result: Type.Object({ path: Type.String(), sha256: Type.String(), size_bytes: Type.Integer() }),
  readOnly: false,
  // Nothing on the host; what appears here, nobody asks the host about.
  mayAlter: () => [],
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ from, to }, ask) {
    const there = await ask.host({ file: { kind: 'digest', path: from } });
    if (!there.ok) return there;
    const here = await ask.controller({
      file: { kind: 'digest', path: to },
      stat: { kind: 'stat', path: to },
    });
    if (!here.ok) return here;
    const isOther = here.value.stat !== null && here.value.file === null;
    return ok({
      there: there.value.file?.sha256 ?? null,
      here: here.value.file?.sha256 ?? null,
      isOther,
    });
  },

  plan({ from, to }, { there, here, isOther }) {
    if (there === null) {
      return err(refused('source-missing', `there is no file ${from}`, 'see where it is'));
    }
    if (here === there) return ok([]);
    if (here !== null || isOther) {
      const message = `something else is on this machine already: ${to}`;
      const next = 'name a place that is new: ${{ run.id }} and ${{ host.name }} in it make it so';
      return err(refused('file-exists', message, next));
    }
    return ok([{ kind: 'fetch', from, to }]);
  },

  async verify({ from, to }, _before, _receipts, ask) {
    const there = await ask.host({ file: { kind: 'digest', path: from } });
    if (!there.ok) return there;
    const here = await ask.controller({ file: { kind: 'digest', path: to } });
    if (!here.ok) return here;
    const { file } = here.value;
    if (file !== null && file.sha256 === there.value.file?.sha256) {
      return ok({ path: to, sha256: file.sha256, size_bytes: file.sizeBytes });
    }
    const message = `${to} is not what the host has`;
    const next = 'see whether two hosts write the same file here, and who writes it on the host';
    return err(refused('digest-mismatch', message, next));
  },
  material: () => ({}),
});
