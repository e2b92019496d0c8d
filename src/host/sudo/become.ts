import { randomBytes } from 'node:crypto';
import type { Argv } from '../../core/argv.js';
import type { Failure } from '../../core/failure.js';
import type { HostName } from '../../core/names.js';
import { err, ok, type Result } from '../../core/result.js';
import type { Secret } from '../../core/secret.js';
import type { Pipe, Transport } from '../transport.js';
import { sudoFailure } from './failures.js';
import type { PasswordGate } from './password-gate.js';
import { untilRunning } from './until-running.js';

/** Who is to be become on a host, and what sudo is told when it asks. */
export interface Become {
  readonly host: HostName;
  readonly user: string;
  /** Null: sudo must not ask (`-n`). */
  readonly password: { readonly secret: Secret; readonly gate: PasswordGate } | null;
}

/** What a sudo that was turned away still has to say. */
const lastWordsTimeoutMs = 5_000;

/** The same host, with every program started through sudo. */
export function becoming(transport: Transport, become: Become): Transport {
  const open = (argv: Argv): Promise<Result<Pipe, Failure>> => {
    const attempt = () => openAs(transport, become, argv);
    return become.password === null ? attempt() : become.password.gate.enter(become.host, attempt);
  };
  return { open, lost: transport.lost, close: () => transport.close() };
}

/**
 * The password is written only when sudo asks for it, with a prompt that nobody can know beforehand, and
 * once: a cached login or a NOPASSWD can never pass it on to the program. Nothing else is sent before the
 * program has said that it runs, since a sudo that asks again would take it for a password.
 */
async function openAs(
  transport: Transport,
  { host, user, password }: Become,
  argv: Argv,
): Promise<Result<Pipe, Failure>> {
  const mark = randomBytes(16).toString('hex');
  const prompt = `runback-asks-${mark}:`;
  const running = `runback-runs-${mark}`;
  // -k uses no login that sudo remembers, and leaves none behind.
  const manner = password === null ? ['-n'] : ['-k', '-S', '-p', prompt];
  const announced = ['sh', '-c', `printf '%s\\n' "$0" && exec "$@"`, running, ...argv];
  // sudo speaks English here, so that its reasons can be told apart.
  const sudo: Argv = ['env', 'LC_ALL=C', 'sudo', ...manner, '-u', user, '--', ...announced];
  const opened = await transport.open(sudo);
  if (!opened.ok) return opened;
  const pipe = opened.value;
  const said = (): string => pipe.errorTail().replaceAll(prompt, '').trim();
  const ending = await untilRunning(pipe, running, prompt, password?.secret ?? null);
  if (ending.kind === 'running') return ok({ ...pipe, errorTail: said });
  pipe.input.end();
  pipe.output.resume();
  await Promise.race([pipe.ended, after(lastWordsTimeoutMs)]);
  pipe.destroy();
  return err(sudoFailure(host, user, ending, said()));
}

function after(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });
}
