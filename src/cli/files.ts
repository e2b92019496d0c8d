import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { type Failure, failure } from '../core/failure.js';
import { err, ok, type Result } from '../core/result.js';
import { realDisk } from '../journal/index.js';
import type { PathKind } from './edges.js';

export function readText(path: string): Result<string, Failure> {
  return attempt('read', path, () => readFileSync(resolve(path), 'utf8'));
}

/** Whole or not at all, durable, 0600. */
export function writeText(path: string, text: string): Result<void, Failure> {
  return attempt('write', path, () => realDisk.create(resolve(path), text));
}

export function listFiles(path: string): Result<readonly string[], Failure> {
  return attempt('list', path, () => readdirSync(resolve(path)).sort());
}

/**
 * What is at a path. A file with the executable bit that is not a script and not machine code could not be
 * started: it is only a file, as a YAML inventory on a foreign file system is.
 */
export function lookAt(path: string): { readonly kind: PathKind } {
  const found = statSync(resolve(path), { throwIfNoEntry: false });
  if (found === undefined) return { kind: 'nothing' };
  if (found.isDirectory()) return { kind: 'folder' };
  if (!found.isFile()) return { kind: 'other' };
  return { kind: mayBeExecuted(path) && beginsAsProgram(path) ? 'program' : 'file' };
}

function mayBeExecuted(path: string): boolean {
  try {
    accessSync(resolve(path), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function beginsAsProgram(path: string): boolean {
  try {
    const file = openSync(resolve(path), 'r');
    try {
      const first = Buffer.alloc(4);
      const length = readSync(file, first, 0, first.length, 0);
      return first.subarray(0, 2).toString('latin1') === '#!' || isMachineCode(first, length);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** ELF, and its like on other systems: no text begins with bytes outside of what is printed. */
function isMachineCode(first: Buffer, length: number): boolean {
  return length === 4 && first.toString('latin1') === '\x7fELF';
}

function attempt<T>(verb: string, path: string, read: () => T): Result<T, Failure> {
  try {
    return ok(read());
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? `${path} does not exist` : `cannot ${verb} ${path} (${code})`;
    return err(failure('refused', `cannot-${verb}`, what, 'check the path and who may read it'));
  }
}
