import {
  closeSync,
  fdatasyncSync,
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

/** The disk as the journal uses it; tests put one that fails or counts in its place. */
export interface Disk {
  makeDirectory(path: string): void;
  /** Creates a file that must not exist yet, durably, 0600. */
  create(path: string, text: string): void;
  /** Creates a file and fails with EEXIST when it is there: who comes first has it. */
  claim(path: string, text: string): void;
  read(path: string): string;
  list(path: string): readonly string[];
  openForAppend(path: string): number;
  append(file: number, text: string): void;
  sync(file: number): Promise<void>;
  truncate(path: string, sizeBytes: number): void;
  remove(path: string): void;
  close(file: number): void;
}

export const realDisk: Disk = {
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    syncDirectory(dirname(path));
  },
  create: (path, text) => {
    const temporary = `${path}.part`;
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  },
  claim: (path, text) => writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true }),
  read: (path) => readFileSync(path, 'utf8'),
  list: (path) => readdirSync(path),
  openForAppend: (path) => openSync(path, 'a', 0o600),
  append: (file, text) => {
    const bytes = Buffer.from(text, 'utf8');
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
  },
  sync: async (file) => fdatasyncSync(file),
  truncate: (path, sizeBytes) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, sizeBytes);
    fsyncSync(file);
    closeSync(file);
  },
  remove: (path) => rmSync(path, { force: true }),
  close: (file) => closeSync(file),
};

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
