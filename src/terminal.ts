import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Failure, failure } from './core/failure.js';
import { err, ok, type Result } from './core/result.js';
import { Secret } from './core/secret.js';

/** How a secret comes in: typed without echo, or out of a file that only its owner can read. */

const [ENTER, LINE_FEED, END_OF_TEXT, INTERRUPT] = ['\r', '\n', '\u0004', '\u0003'];
const [DELETE, BACKSPACE, KILL_LINE] = ['\u007f', '\b', '\u0015'];
const secretBytesMax = 4_096;

/** Asks on the terminal. Nothing of what is typed is shown, not even how long it is. */
export function askSecret(question: string, signal: AbortSignal): Promise<Result<Secret, Failure>> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return Promise.resolve(err(noTerminal(question)));
  if (signal.aborted) return Promise.resolve(err(interrupted()));
  return new Promise((done) => {
    let typed = '';
    const end = (result: Result<Secret, Failure>): void => {
      signal.removeEventListener('abort', onAbort);
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      done(result);
    };
    const onAbort = (): void => end(err(interrupted()));
    const onData = (chunk: Buffer | string): void => {
      for (const character of chunk.toString('utf8')) {
        const key = keyOf(character, typed);
        if (key === 'stop') end(err(interrupted()));
        if (key === 'enter') end(typed === '' ? err(empty(question)) : ok(new Secret(typed)));
        if (key === 'stop' || key === 'enter') return;
        typed = key.typed;
      }
    };
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdin.resume();
    signal.addEventListener('abort', onAbort, { once: true });
    stderr.write(`${question}: `);
  });
}

/** What a key does to what was typed before it. */
function keyOf(character: string, before: string): 'enter' | 'stop' | { readonly typed: string } {
  if (character === INTERRUPT) return 'stop';
  if (character === END_OF_TEXT) return before === '' ? 'stop' : 'enter';
  if (character === ENTER || character === LINE_FEED) return 'enter';
  if (character === KILL_LINE) return { typed: '' };
  if (character !== DELETE && character !== BACKSPACE) return { typed: before + character };
  return { typed: [...before].slice(0, -1).join('') };
}

/** The first line of a file, or of a pipe, that nobody else can read. */
export function readSecretFile(path: string): Result<Secret, Failure> {
  if (path === '-') return err(badFile(path, 'standard input is not read for it'));
  let text: string;
  try {
    const file = openSync(resolve(path), 'r');
    try {
      const { mode, uid } = fstatSync(file);
      if (!isKept(mode, uid)) return err(badFile(path, `others can read it (${octal(mode)})`));
      text = readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    return err(badFile(path, `${(thrown as NodeJS.ErrnoException).code}`));
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') return err(badFile(path, 'its first line is empty'));
  if (line.length > secretBytesMax) return err(badFile(path, 'its first line is too long'));
  return ok(new Secret(line));
}

/** Whether what stands in a file is its owner's alone. What is no file cannot be said to be. */
export function isPrivate(path: string): boolean {
  try {
    const { mode, uid } = statSync(resolve(path));
    return isKept(mode, uid);
  } catch {
    return false;
  }
}

function isKept(mode: number, uid: number): boolean {
  const isOurs = uid === process.getuid?.() || uid === 0;
  return isOurs && (mode & 0o077) === 0;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function noTerminal(question: string): Failure {
  const message = `${question}: there is no terminal to ask on`;
  const next = 'put it into a file of mode 0600 and name that file';
  return failure('refused', 'no-terminal', message, next);
}

function empty(question: string): Failure {
  return failure('refused', 'empty-secret', `${question}: nothing was typed`, 'type it again');
}

function badFile(path: string, why: string): Failure {
  const message = `no secret can be read from ${path}: ${why}`;
  const next = `make it a file of your own with the secret in its first line: chmod 600 ${path}`;
  return failure('refused', 'secret-file', message, next);
}

function interrupted(): Failure {
  return failure('interrupted', 'interrupted', 'stopped at a question', 'nothing was changed');
}
