import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { SshServer } from '../../core/connection.js';
import { type Failure, failure } from '../../core/failure.js';
import type { OfferedKey } from '../../core/host-keys.js';
import { err, ok, type Result } from '../../core/result.js';
import { hashOf, nameOf } from './known-hosts.js';

const saltBytes = 20;

/**
 * Adds a server's keys at the end of its known_hosts file, whole or not at all: a new file of mode 0600
 * takes the place of the old one. Names are hashed where names in the file are.
 */
export function remember(server: SshServer, keys: readonly OfferedKey[]): Result<string, Failure> {
  const [file] = server.knownHostsFiles;
  if (file === undefined) return err(cannotWrite('known_hosts', 'no file is named'));
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const target = realPathOf(file);
    const before = readOrEmpty(target);
    const isHashed = /^(@\S+\s+)?\|1\|/m.test(before);
    const name = nameOf(server.address, server.port);
    const lines = keys.map(({ type, base64 }) => {
      const shown = isHashed ? hashOf(name, randomBytes(saltBytes)) : name;
      return `${shown} ${type} ${base64}\n`;
    });
    const joint = before === '' || before.endsWith('\n') ? '' : '\n';
    replace(target, `${before}${joint}${lines.join('')}`);
    return ok(file);
  } catch (thrown) {
    return err(cannotWrite(file, `${(thrown as NodeJS.ErrnoException).code}`));
  }
}

/** A link stays a link: what it leads to is replaced. */
function realPathOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw thrown;
  }
}

function replace(file: string, text: string): void {
  const temporary = `${file}.runback-${randomBytes(6).toString('hex')}`;
  const open = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(open, text);
    fsyncSync(open);
    closeSync(open);
    renameSync(temporary, file);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
  const directory = openSync(dirname(file), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function cannotWrite(file: string, why: string): Failure {
  const message = `${file} cannot be written: ${why}`;
  return failure('disk', 'known-hosts', message, 'see who may write there; nothing was added');
}
