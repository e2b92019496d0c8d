import Type, { type Static, type TProperties } from 'typebox';
import type { Argv } from '../core/argv.js';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import type { InverseCase } from '../core/inverse.js';
import type { Receipt } from '../core/receipt.js';
import { err, ok, type Result } from '../core/result.js';
import { duration, hostPath, milliseconds } from './arguments.js';

/** What `command` and `shell` share: everything but what is run. */
const NO_NUL = '^[^\\u0000]*$';

export const words = (description: string) =>
  Type.Array(Type.String({ pattern: NO_NUL }), { minItems: 1, description });

export const runningArguments = {
  undo: Type.Union([Type.Literal('nothing'), words('The program that takes it back.')], {
    description: 'What takes it back: a list like argv, or `nothing` when there is nothing to do.',
  }),
  creates: Type.Optional(
    hostPath('Not run when this is there; not believed when it is not, after.'),
  ),
  removes: Type.Optional(
    hostPath('Not run when this is missing; not believed when it is not, after.'),
  ),
  within: duration('How long it may take. Default: 5m.'),
  directory: Type.Optional(hostPath('Where it runs. Default: the home of the user it runs as.')),
  environment: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String(), {
      description: 'Variables for it. It has PATH, LC_ALL=C and HOME=/root besides, and no others.',
    }),
  ),
} satisfies TProperties;

export const runningResult = Type.Object({
  rc: Type.Integer({ description: 'Its exit code; 0 when it was not run.' }),
  stdout: Type.String({ description: 'The end of its output, 4 KiB at most.' }),
  stdout_lines: Type.Array(Type.String(), { description: 'The same, line by line.' }),
  stderr: Type.String({ description: 'The end of its error output, 4 KiB at most.' }),
});

const runningSchema = Type.Object(runningArguments);
type Running = Static<typeof runningSchema>;
type Ran = Static<typeof runningResult>;

/** Each is null where it is not asked for. */
interface Before {
  readonly creates: boolean | null;
  readonly removes: boolean | null;
  readonly isTakenBack: boolean;
  readonly [key: string]: boolean | null;
}

export async function seeRunning(
  { creates, removes, undo }: Running,
  ask: Places,
): Promise<Result<Before, Failure>> {
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
}

export function isDone(before: Before): boolean {
  return before.creates === true || before.removes === false;
}

/** It writes anything, so a dry run can foretell nothing behind it. */
export function runChange(given: Running, argv: readonly string[], script?: string): Change {
  const { within, directory, environment } = given;
  return {
    kind: 'run',
    // The schema wants one word at least.
    argv: argv as Argv,
    ...(script === undefined ? {} : { script }),
    ...(directory === undefined ? {} : { directory }),
    ...(environment === undefined ? {} : { environment }),
    timeoutMs: milliseconds(within, 300),
    repeatable: false,
    effects: [{ kind: 'everything' }],
  };
}

export function undoRunning(given: Running): readonly InverseCase[] {
  const { undo } = given;
  return [{ when: [], changes: undo === 'nothing' ? [] : [runChange(given, undo)] }];
}

export async function verifyRunning(
  given: Running,
  receipts: readonly Receipt[],
  ask: Places,
): Promise<Result<Ran, Failure>> {
  const { creates, removes } = given;
  const seen = await seeRunning(given, ask);
  if (!seen.ok) return seen;
  if (seen.value.creates === false) {
    return err(refused('not-created', `${creates} is still missing`, 'see what it said'));
  }
  if (seen.value.removes === true) {
    return err(refused('not-removed', `${removes} is still there`, 'see what it said'));
  }
  const [receipt] = receipts;
  if (receipt?.state !== 'done') return ok({ rc: 0, stdout: '', stdout_lines: [], stderr: '' });
  const { exitCode, stdoutTail, stderrTail } = receipt;
  return ok({
    rc: exitCode,
    stdout: stdoutTail,
    stdout_lines: stdoutTail === '' ? [] : stdoutTail.replace(/\n$/, '').split('\n'),
    stderr: stderrTail,
  });
}

/** What nobody takes back cannot be asked to be as it was. */
export function materialOfRunning({ creates, removes, isTakenBack }: Before) {
  return isTakenBack ? { creates, removes } : {};
}
