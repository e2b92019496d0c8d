import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';

export const debug = defineModule({
  name: 'debug',
  summary: 'Says something: a text, with values written in.',
  example: `
- name: Say who is who
  debug:
    message: \${{ host.name }} is the member \${{ results.etcd.name }}
`,
  place: 'host',
  args: argumentsOf({ message: Type.String({ description: 'What is said.' }) }),
  result: Type.Object({ message: Type.String() }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },
  probe: async ({ message }) => ok({ message }),
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
