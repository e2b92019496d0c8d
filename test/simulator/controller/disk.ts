import type { Disk } from '../../../src/journal/disk.js';
import { makeParents, parentOf } from '../host/changes.js';
import { FileError } from '../host/file-system.js';
import type { Machine } from '../host/machine.js';
import type { ControllerProcess } from './process.js';

/**
 * The journal's Disk over the controller's simulated file system: torn writes, lost syncs and a full disk
 * are those of the model. Every write and sync is an effect of the process.
 */
export function diskOf(machine: Machine, process: ControllerProcess, incarnation: number): Disk {
  const { files } = machine;
  const open = new Map<number, string>();
  let opened = 0;
  const now = (label: string, work: () => void): void => {
    let isDone = false;
    let thrown: unknown = null;
    process.effect(label, () => {
      isDone = true;
      try {
        work();
      } catch (caught) {
        thrown = errnoOf(caught);
      }
    });
    if (thrown !== null) throw thrown;
    if (!isDone) throw errno('EIO');
  };
  const durably = (path: string, text: string): void => {
    files.write(path, text, 0o600);
    files.sync(path);
  };
  return {
    makeDirectory: (path) =>
      now(`make directory ${path}`, () => {
        makeParents(machine, `${path}/.`);
        files.sync(parentOf(path));
      }),
    create: (path, text) =>
      now(`create ${path}`, () => {
        durably(`${path}.part`, text);
        files.rename(`${path}.part`, path);
        files.sync(parentOf(path));
      }),
    claim: (path, text) =>
      now(`claim ${path}`, () => {
        if (files.find(path) !== null) throw new FileError('EEXIST', path);
        durably(path, text);
      }),
    read: (path) => {
      const text = files.text(path);
      if (text === null) throw errno('ENOENT');
      return text;
    },
    list: (path) => {
      const directory = files.directory(path);
      if (directory === null) throw errno('ENOENT');
      return [...directory.entries.keys()];
    },
    openForAppend: (path) => {
      if (files.find(path) === null) files.write(path, '', 0o600);
      files.sync(parentOf(path));
      opened += 1;
      open.set(opened, path);
      return opened;
    },
    append: (file, text) =>
      now(`write the journal: ${recordIn(text)}`, () => {
        const path = pathOf(open, file);
        files.write(path, `${files.text(path) ?? ''}${text}`, 0o600);
      }),
    sync: (file) =>
      process.never() ??
      new Promise((resolve) => {
        process.time.after(process.random.between(1, 6), () =>
          process.effect('sync the journal', () => {
            if (machine.isUp) files.sync(pathOf(open, file));
            resolve();
          }),
        );
      }),
    truncate: (path, sizeBytes) =>
      now(`truncate ${path}`, () => {
        // A size is in bytes, and a record may hold any character.
        const whole = Buffer.from(files.text(path) ?? '', 'utf8');
        durably(path, whole.subarray(0, sizeBytes).toString('utf8'));
      }),
    remove: (path) =>
      now(`remove ${path}`, () => {
        if (files.find(path) !== null) files.remove(path);
      }),
    close: (file) => {
      open.delete(file);
    },
    // All processes of a story have this process's pid: what tells them apart is when they began.
    startTicks: () => `${incarnation}`,
  };
}

function pathOf(open: ReadonlyMap<number, string>, file: number): string {
  const path = open.get(file);
  if (path === undefined) throw new Error('the journal is closed');
  return path;
}

function recordIn(line: string): string {
  const [, type = '?', rest = ''] = /"body":\{"type":"([^"]+)"(.{0,60})/.exec(line) ?? [];
  return `${type}${rest}`;
}

function errnoOf(thrown: unknown): unknown {
  return thrown instanceof FileError ? errno(thrown.code) : thrown;
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}
