import type { Change } from '../../../src/core/change.js';
import type { ChangeId } from '../../../src/core/names.js';
import { runCommand } from './commands.js';
import { FileError, nameOf } from './file-system.js';
import type { Machine } from './machine.js';
import type { Waiting } from './questions.js';

/** Between two of these a power loss or a kill may fall. */
export type Pause = { readonly forMs: number } | { readonly until: Waiting };

export interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One change as the script of src/host/changes carries it out, one system call after the other. */
export type Script = Generator<Pause, Exit, string | null>;

export type Scripted = Exclude<Change, { kind: 'send' | 'fetch' }>;

const MOMENT: Pause = { forMs: 1 };

export function scriptOf(machine: Machine, change: Scripted, id: ChangeId): Script {
  switch (change.kind) {
    case 'run':
      return runCommand(machine, change.argv);
    case 'make-directory':
      return makeDirectory(machine, change.path, change.mode);
    case 'remove-empty-directories':
      return removeEmpty(machine, change.paths);
    case 'rename':
      return rename(machine, change.from, change.to);
    case 'remove':
      return remove(machine, change.path, `${change.trash}/${id}`);
    case 'write-file':
      return writeFile(machine, change, id);
    case 'set-owner':
      return setOwner(machine, change);
    case 'service':
      return tellKubelet(machine, change);
    case 'wait':
      return waitFor(change.question);
    default:
      throw new Error(`the simulator does not know the change ${change.kind}`);
  }
}

export function exit(code: number, stderr = '', stdout = ''): Exit {
  return { code, stdout, stderr };
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function* makeDirectory({ files }: Machine, path: string, mode: number): Script {
  const made: string[] = [];
  for (let one = path; files.find(one) === null; one = parentOf(one)) made.unshift(one);
  for (const one of made) {
    files.makeDirectory(one, 0o700);
    yield MOMENT;
    files.sync(parentOf(one));
    yield MOMENT;
  }
  const node = files.find(path);
  if (node !== null && made.length > 0) node.mode = mode;
  return exit(0, '', made.map((one) => `${one}\n`).join(''));
}

function* removeEmpty({ files }: Machine, paths: readonly string[]): Script {
  for (const path of paths) {
    if (files.directory(path)?.entries.size === 0) files.remove(path);
    yield MOMENT;
  }
  return exit(0);
}

function* rename({ files }: Machine, from: string, to: string): Script {
  if (files.find(from) === null) return exit(2, `${from} is missing`);
  if (files.find(to) !== null) return exit(3, `${to} exists`);
  if (files.directory(parentOf(to)) === null) return exit(4, `${parentOf(to)} is missing`);
  const isOneMount = files.mountOf(parentOf(from)).mountId === files.mountOf(parentOf(to)).mountId;
  if (!isOneMount) return exit(5, `${from} and ${to} are on different mounts`);
  files.rename(from, to);
  yield MOMENT;
  files.sync(parentOf(from));
  files.sync(parentOf(to));
  yield MOMENT;
  return exit(0);
}

function* remove(machine: Machine, path: string, grave: string): Script {
  makeParents(machine, grave);
  yield MOMENT;
  return yield* rename(machine, path, grave);
}

function* writeFile(
  machine: Machine,
  change: Extract<Change, { kind: 'write-file' }>,
  id: ChangeId,
): Script {
  const { files } = machine;
  const { path, text, mode, uid, gid, trash } = change;
  const temporary = `${parentOf(path)}/.${nameOf(path)}.${id.slice(0, 8)}`;
  const made = files.write(temporary, text, mode);
  yield MOMENT;
  if (files.text(path) === text) {
    files.remove(temporary);
    return exit(0);
  }
  if (uid !== undefined) made.uid = uid;
  if (uid !== undefined) made.gid = gid ?? uid;
  files.sync(temporary);
  yield MOMENT;
  if (files.find(path) !== null) {
    makeParents(machine, `${trash}/${id}`);
    files.rename(path, `${trash}/${id}`);
    yield MOMENT;
    files.sync(trash);
    yield MOMENT;
  }
  files.rename(temporary, path);
  yield MOMENT;
  files.sync(parentOf(path));
  return exit(0);
}

function* setOwner(
  { files }: Machine,
  { path, uid, gid, mode }: Extract<Change, { kind: 'set-owner' }>,
): Script {
  const node = files.find(path);
  if (node === null) return exit(1, `${path} is missing`);
  node.uid = uid;
  node.gid = gid;
  yield MOMENT;
  node.mode = mode;
  files.sync(path);
  yield MOMENT;
  return exit(0);
}

/** systemd ends the old one before it starts the new one; pods outlive both. */
function* tellKubelet(
  { kubelet, random }: Machine,
  { unit, verb }: Extract<Change, { kind: 'service' }>,
): Script {
  if (unit !== 'kubelet.service') throw new Error(`the simulator does not know the unit ${unit}`);
  if (verb === 'stop' || verb === 'restart') kubelet.die();
  yield { forMs: random.between(20, 300) };
  if (verb === 'start' || verb === 'restart') kubelet.begin();
  yield MOMENT;
  return exit(0);
}

function* waitFor(question: Waiting): Script {
  const missing = yield { until: question };
  return missing === null ? exit(0) : exit(1, missing);
}

/** `mkdir -p` of what holds a path. */
export function makeParents({ files }: Machine, path: string): void {
  const made: string[] = [];
  for (let one = parentOf(path); files.find(one) === null; one = parentOf(one)) made.unshift(one);
  for (const one of made) files.makeDirectory(one, 0o700);
}

export function failed(thrown: unknown): Exit {
  if (thrown instanceof FileError) return exit(1, thrown.message);
  throw thrown;
}
