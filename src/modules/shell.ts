import Type from 'typebox';
import { defineModule } from '../core/module.js';
import { ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import {
  isDone,
  materialOfRunning,
  runChange,
  runningArguments,
  runningResult,
  seeRunning,
  undoRunning,
  verifyRunning,
  words,
} from './running.js';

/** A script goes to the host as a file; what is written into it with expressions is still its text. */
export const shell = defineModule({
  name: 'shell',
  summary: 'Runs a script on the host.',
  example: `
- name: Count the static pods
  shell:
    script: |
      cd "$FOLDER"
      ls *.yaml | wc -l
    environment:
      FOLDER: \${{ vars.manifests_dir }}
    undo: nothing
  register: counted
`,
  place: 'host',
  args: argumentsOf({
    script: Type.String({
      pattern: '^[^\\u0000]+$',
      description: 'Its text. Give values to it through `environment`: there nothing is expanded.',
    }),
    interpreter: Type.Optional(
      words('What reads it. Default: [sh, -eu], where a line that fails ends it.'),
    ),
    ...runningArguments,
  }),
  result: runningResult,
  readOnly: false,
  repeatable: false,
  undo: { kind: 'by-cases', cases: undoRunning },
  probe: seeRunning,
  plan: (given, before) => {
    const { interpreter = ['sh', '-eu'], script } = given;
    return ok(isDone(before) ? [] : [runChange(given, interpreter, script)]);
  },
  verify: (given, _before, receipts, ask) => verifyRunning(given, receipts, ask),
  material: materialOfRunning,
});
