import Type from 'typebox';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';

export const assertModule = defineModule({
  name: 'assert',
  summary: 'Stops unless every condition holds.',
  example: `
- name: Refuse a small cluster
  assert:
    that:
      - \${{ groups["etcd"].size() >= 3 }}
    message: this cluster has fewer than three members
    next: run it on a cluster that survives the loss of one
`,
  place: 'host',
  args: argumentsOf({
    that: Type.Array(Type.Boolean(), { description: 'Conditions: "${{ vars.x == 1 }}".' }),
    message: Type.String({ description: 'What is said when one does not hold.' }),
    next: Type.Optional(Type.String({ description: 'What to do then.' })),
  }),
  result: Type.Object({}),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },
  probe: async ({ that, message, next }) => {
    if (that.every(Boolean)) return ok({});
    const advice = next ?? 'change what the condition asks for, then run it again';
    return err(refused('assertion', message, advice));
  },
  plan: () => ok([]),
  verify: async () => ok({}),
  material: () => ({}),
});
