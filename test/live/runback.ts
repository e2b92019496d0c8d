import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';

/** How one command of runback ended, as its caller sees it. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of standard output; empty for other outputs. */
  readonly events: readonly RunEvent[];
}

export interface RunEvent {
  readonly type: string;
  readonly task?: string;
  readonly name?: string;
  readonly host?: string;
  readonly outcome?: string;
  readonly exit_code?: number;
  readonly run?: string;
  readonly downtime_ms?: number;
  readonly code?: string;
  readonly line?: number;
  readonly file?: string;
  readonly [field: string]: unknown;
}

/** Looks on while a command runs: a test acts on what it says, never on time. */
export interface Watch {
  /** The words that start it somewhere else: in another namespace. */
  readonly through?: readonly string[];
  readonly onStarted?: (pid: number) => void;
  readonly onEvent?: (event: RunEvent) => void;
  /** All of standard error so far. */
  readonly onStderr?: (text: string) => void;
}

const command = resolve('bin/runback');

/** Runs the real command in a directory of its own, as an operator would. */
export async function runback(
  words: readonly string[],
  directory: string,
  watch: Watch = {},
): Promise<Ended> {
  const argv = [...(watch.through ?? []), process.execPath, command, ...words];
  const child = spawn(argv[0] as string, argv.slice(1), {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (child.pid !== undefined) watch.onStarted?.(child.pid);
  let [stdout, stderr, line] = ['', '', ''];
  const events: RunEvent[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const event of lines.flatMap(eventOf)) {
      events.push(event);
      watch.onEvent?.(event);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    watch.onStderr?.(stderr);
  });
  const code = await new Promise<number>((done) => {
    child.on('close', (exitCode, signal) =>
      done(exitCode ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)),
    );
  });
  return { code, stdout, stderr, events };
}

/** The event of a line; none of what is no JSON: the end of a process that was killed, other outputs. */
function eventOf(line: string): readonly RunEvent[] {
  if (!line.startsWith('{') || !line.endsWith('}')) return [];
  try {
    return [JSON.parse(line) as RunEvent];
  } catch {
    return [];
  }
}

export function lastEvent(ended: Ended): RunEvent {
  const last = ended.events.at(-1);
  if (last === undefined) throw new Error(`no events:\n${ended.stdout}\n${ended.stderr}`);
  return last;
}

/** `2.5 cp1 changed`, sorted: what happened to every step. */
export function outcomesOf(ended: Ended): readonly string[] {
  return ended.events
    .filter((event) => event.type === 'step.finished')
    .map((event) => `${event.task} ${event.host} ${event.outcome}`)
    .sort();
}
