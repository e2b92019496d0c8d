import { randomBytes } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import type { Edges } from './cli/edges.js';
import { exitCodeOf } from './cli/exit-code.js';
import { listFiles, lookAt, readText, writeText } from './cli/files.js';
import { runInventoryProgram } from './cli/inventory-program.js';
import { runCommand } from './cli/program.js';
import { clean } from './core/clean.js';
import type { Clock, Operator } from './core/ports.js';
import { redact, type Secret } from './core/secret.js';
import { lockedKeys, makeHosts, opensKey, SshNetwork } from './host/index.js';
import { catalogue } from './modules/index.js';
import type { Output } from './report/index.js';
import { askSecret, isPrivate, readSecretFile } from './terminal.js';

/** The door: the only file that touches the process. It makes the real edges and hands them in. */

const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (durationMs, signal) => {
    await delay(durationMs, undefined, { signal }).catch(() => undefined);
  },
};

const STOPPING =
  'Stopping: what is in flight is seen to its end, and nothing more is started. Once more: at once. Then what\n' +
  'may be begun again is ended on its host; all else goes on there, and `runback resume` asks what became of it.\n';
const LEAVING = 'At once: nothing is waited for but what is ended now, for some seconds at most.\n';

let somethingChanged = false;
const signals = listenForSignals();
const secrets = new Set<Secret>();
const connectTimeoutMs = 10_000;
const passphrases = new Map<string, Secret>();

const edges: Edges = {
  version: packageJson.version,
  user: userInfo().username,
  home: homedir(),
  controllerName: hostname(),
  pid: process.pid,
  directory: process.cwd(),
  environment: process.env,
  secrets,
  out: outputOf(process.stdout),
  problems: outputOf(process.stderr),
  catalogue,
  clock,
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  readText,
  writeText,
  listFiles,
  lookAt,
  runProgram: runInventoryProgram,
  askSecret,
  readSecretFile,
  lockedKeys,
  openKey: (file, passphrase) => {
    const isRight = opensKey(file, passphrase);
    if (isRight) passphrases.set(file, passphrase);
    return isRight;
  },
  hostKeys: () => new SshNetwork(connectTimeoutMs, passphrases),
  isPrivate,
  operator,
  hosts: (connections, controllerStateDir) =>
    makeHosts(connections, {
      controllerStateDir,
      passphrases,
      connectTimeoutMs,
      onChange: () => {
        somethingChanged = true;
      },
    }),
  stop: signals.stop,
  abandon: signals.abandon,
};

try {
  process.exitCode = await runCommand(process.argv.slice(2), edges);
} catch (defect) {
  edges.problems.write(`${clean(defectText(defect))}\n`);
  process.exitCode = exitCodeOf(somethingChanged ? 'unknown' : 'defect');
}

/** A throw is a bug of our own: said as one, and never mistaken for an answer about the hosts. */
function defectText(defect: unknown): string {
  const trace = defect instanceof Error ? (defect.stack ?? defect.message) : String(defect);
  const state = somethingChanged
    ? 'Hosts may be half changed: look at them, then type: runback rollback'
    : 'No host was changed.';
  return `This is a defect in runback itself, please report it.\n${state}\n${trace}`;
}

/** The first signal lets what is in flight finish; the second ends what it harmlessly can, and lets go of the rest. */
function listenForSignals(): { stop: AbortSignal; abandon: AbortSignal } {
  const stop = new AbortController();
  const abandon = new AbortController();
  const onSignal = (): void => {
    const isSecond = stop.signal.aborted;
    if (!isSecond) process.stderr.write(STOPPING);
    else if (!abandon.signal.aborted) process.stderr.write(LEAVING);
    stop.abort();
    if (isSecond) abandon.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return { stop: stop.signal, abandon: abandon.signal };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // A terminal or a pipe that goes away must not end a run in the middle of a step.
  stream.on('error', () => {});
  const noColour = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== '';
  return {
    write: (text) => {
      stream.write(redact(text, [...secrets]));
    },
    isTTY: stream.isTTY === true,
    columns: stream.columns ?? 80,
    colour: stream.isTTY === true && !noColour,
  };
}

/** A yes must be typed by a person: without a terminal the answer is no, unless --yes was given. */
function operator(yes: boolean): Operator {
  return {
    confirm: async (question, signal) => {
      if (yes) return true;
      if (!process.stdin.isTTY) {
        process.stderr.write(`${question}\nNobody can answer here: give --yes to go on.\n`);
        return false;
      }
      const terminal = readTerminal();
      try {
        const answer = await terminal.question(`${question} [yes/no] `, { signal });
        return answer.trim().toLowerCase() === 'yes';
      } catch {
        return false;
      } finally {
        terminal.close();
      }
    },
    isThere: process.stdin.isTTY === true,
    enter: async (signal) => {
      const terminal = readTerminal();
      await terminal.question('', { signal }).catch(() => undefined);
      terminal.close();
    },
  };
}

/** Line by line, as the terminal itself edits them: in any other mode Ctrl-C would be a letter like others. */
function readTerminal() {
  return createInterface({ input: process.stdin, output: process.stderr, terminal: false });
}
