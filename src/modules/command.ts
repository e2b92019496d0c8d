import Type, { type Static } from 'typebox';
import type { Argv } from '../core/argv.js';
import type { Change } from '../core/change.js';
import { refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, hostPath, milliseconds } from './arguments.js';

const words = (description: string) =>
  Type.Array(Type.String({ pattern: '^[^\\u0000]*$' }), { minItems: 1, description });

const args = argumentsOf({
  argv: words('The program and its arguments. No shell: nothing in them is expanded.'),
  undo: Type.Union([Type.Literal('nothing'), words('The program that takes it back.')], {
    description: 'What takes it back: a list like argv, or `nothing` when there is nothing to do.',
  }),
  creates: Type.Optional(hostPath('Not run when this is there.')),
  removes: Type.Optional(hostPath('Not run when this is missing.')),
  within: duration('How long it may take. Default: 5m.'),
});

type Args = Static<typeof args>;

/** For what no module knows. It writes anything, so a dry run can foretell nothing behind it. */
export const command = defineModule({
  name: 'command',
  summary: 'Runs a program on the host.',
  place: 'host',
  args,
  result: Type.Object({
    rc: Type.Integer({ description: '0; a task with another exit code has failed.' }),
    stdout: Type.String({ description: 'The last lines, 4 KiB at most.' }),
    stderr: Type.String({ description: 'The last lines, 4 KiB at most.' }),
  }),
  readOnly: false,
  repeatable: false,
  undo: {
    kind: 'by-cases',
    cases: ({ undo, within }) => [
      { when: [], changes: undo === 'nothing' ? [] : [run(undo, within)] },
    ],
  },

  async probe({ creates, removes, undo }, ask) {
    const isTakenBack = undo !== 'nothing';
    if (creates === undefined && removes === undefined) {
      return ok({ creates: null, removes: null, isTakenBack });
    }
    const seen = await ask.host({
      creates: { kind: 'stat', path: creates ?? '/' },
      removes: { kind: 'stat', path: removes ?? '/' },
    });
    if (!seen.ok) return seen;
    return ok({
      creates: creates === undefined ? null : seen.value.creates !== null,
      removes: removes === undefined ? null : seen.value.removes !== null,
      isTakenBack,
    });
  },

  plan({ argv, within }, before) {
    const isDone = before.creates === true || before.removes === false;
    return ok(isDone ? [] : [run(argv, within)]);
  },

  async verify({ creates, removes }, _before, receipts, ask) {
    const seen = await ask.host({
      creates: { kind: 'stat', path: creates ?? '/' },
      removes: { kind: 'stat', path: removes ?? '/' },
    });
    if (!seen.ok) return seen;
    if (creates !== undefined && seen.value.creates === null) {
      return err(refused('not-created', `${creates} is still missing`, 'see what it said'));
    }
    if (removes !== undefined && seen.value.removes !== null) {
      return err(refused('not-removed', `${removes} is still there`, 'see what it said'));
    }
    const [receipt] = receipts;
    if (receipt?.state !== 'done') return ok({ rc: 0, stdout: '', stderr: '' });
    const { exitCode, stdoutTail, stderrTail } = receipt;
    return ok({ rc: exitCode, stdout: stdoutTail, stderr: stderrTail });
  },
  // What nobody takes back cannot be asked to be as it was.
  material: ({ creates, removes, isTakenBack }) => (isTakenBack ? { creates, removes } : {}),
});

function run(argv: readonly string[], within: Args['within']): Change {
  return {
    kind: 'run',
    // The schema wants one word at least.
    argv: argv as Argv,
    timeoutMs: milliseconds(within, 300),
    repeatable: false,
    effects: [{ kind: 'everything' }],
  };
}
