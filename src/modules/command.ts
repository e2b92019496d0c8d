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

/** For what no module knows. */
export const command = defineModule({
  name: 'command',
  summary: 'Runs a program on the host.',
  example: `
- name: Restart the runtime's garbage collection
  command:
    argv: [crictl, rmi, --prune]
    undo: nothing
    within: 2m
`,
  place: 'host',
  args: argumentsOf({
    argv: words('The program and its arguments. No shell: nothing in them is expanded.'),
    ...runningArguments,
  }),
  result: runningResult,
  readOnly: false,
  repeatable: false,
  undo: { kind: 'by-cases', cases: undoRunning },
  probe: seeRunning,
  plan: (given, before) => ok(isDone(before) ? [] : [runChange(given, given.argv)]),
  verify: (given, _before, receipts, ask) => verifyRunning(given, receipts, ask),
  material: materialOfRunning,
});
