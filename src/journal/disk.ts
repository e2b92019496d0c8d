import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** The disk as the journal uses it; tests put one that fails or counts in its place. */
export interface Disk {
  /** With its parents, 0700, durably. */
  makeDirectory(path: string): void;
  /** Creates or replaces a file, whole or not at all, durably, 0600. */
  create(path: string, text: string): void;
  /** Creates a file and fails with EEXIST when it is there: who comes first has it. */
  claim(path: string, text: string): void;
  read(path: string): string;
  list(path: string): readonly string[];
  /** Creates it if need be, 0600, and makes its name durable. */
  openForAppend(path: string): number;
  append(file: number, text: string): void;
  /** Does not hold up the process: connections stay alive while a slow disk syncs. */
  sync(file: number): Promise<void>;
  truncate(path: string, sizeBytes: number): void;
  remove(path: string): void;
  close(file: number): void;
  /** When a process was started, in ticks since boot; undefined when there is no such process. */
  startTicks(pid: number): string | undefined;
}

const syncData = promisify(fdatasync);

export const realDisk: Disk = {
  makeDirectory: (path) => {
    const first = mkdirSync(path, { recursive: true, mode: 0o700 });
    // Every new directory's name is an entry of its parent, up to the first that was there before.
    for (let made = path; first !== undefined; made = dirname(made)) {
      syncDirectory(dirname(made));
      if (made === first || made === dirname(made)) break;
    }
  },
  create: (path, text) => {
    const temporary = `${path}.part`;
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  },
  claim: (path, text) => writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true }),
  read: (path) => readFileSync(path, 'utf8'),
  list: (path) => readdirSync(path),
  openForAppend: (path) => {
    const file = openSync(path, 'a', 0o600);
    syncDirectory(dirname(path));
    return file;
  },
  append: (file, text) => {
    const bytes = Buffer.from(text, 'utf8');
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
  },
  sync: (file) => syncData(file),
  truncate: (path, sizeBytes) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, sizeBytes);
    fsyncSync(file);
    closeSync(file);
  },
  remove: (path) => rmSync(path, { force: true }),
  close: (file) => closeSync(file),
  startTicks,
};

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Field 22 of /proc/PID/stat; without /proc only whether it lives, as an empty text. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return isAlive(pid) ? '' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
