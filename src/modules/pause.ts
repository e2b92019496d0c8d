import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf, duration, milliseconds } from './arguments.js';

/** For what only a person can see to. A preview shows it and does not wait. */
export const pause = defineModule({
  name: 'pause',
  summary: 'Waits until the operator presses Enter, or for a time.',
  example: `
- name: Let a person look
  pause:
    message: Look at the load balancer; then press Enter
`,
  place: 'controller',
  args: argumentsOf({
    message: Type.String({ description: 'What is said while it waits.' }),
    for: duration('It goes on by itself after this. Without it, and without a terminal, it fails.'),
  }),
  result: Type.Object({
    by: Type.String({ description: 'operator or time; nobody in a preview' }),
    waited_ms: Type.Integer(),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const forMs = given.for === undefined ? null : milliseconds(given.for, 0);
    const paused = await ask.pause(given.message, forMs);
    if (!paused.ok) return paused;
    return ok({ by: paused.value.by, waited_ms: paused.value.waitedMs });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});
