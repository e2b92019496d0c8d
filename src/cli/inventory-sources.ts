import { dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.js';
import { err, ok, type Result } from '../core/result.js';
import {
  hostsToAsk,
  type InventoryText,
  type VarsEntry,
  type VarsFolder,
  type VarsFolders,
} from '../inventory/index.js';
import type { Edges } from './edges.js';
import { atFile, cannotRead } from './unreadable.js';

/** What `-i` named, as texts. */
export interface InventoryInputs {
  readonly inventories: readonly InventoryText[];
  readonly folders: VarsFolders;
}

/** A directory with more than this is not an inventory. */
const filesMax = 10_000;
const depthMax = 16;
const programTimeMsMax = 60_000;

/** Names that are skipped in a directory: Ansible's defaults. */
const IGNORED =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$/;

interface Reading {
  readonly edges: Edges;
  readonly texts: InventoryText[];
  readonly problems: Diagnostic[];
  /** Folders of variables that were read already: two inventories often lie side by side. */
  readonly folders: Map<string, VarsFolder>;
  filesLeft: number;
}

/** Files, directories, executables and lists of hosts → texts, and the variables beside them. */
export function readInventories(
  named: readonly string[],
  playbookFolder: string | null,
  edges: Edges,
): Result<InventoryInputs, readonly Diagnostic[]> {
  const reading: Reading = {
    edges,
    texts: [],
    problems: [],
    folders: new Map(),
    filesLeft: filesMax,
  };
  const inventory = named.flatMap((path) => readSource(path, reading));
  const beside = playbookFolder === null ? [] : [folderAt(playbookFolder, reading)];
  if (reading.problems.length > 0) return err(reading.problems);
  return ok({ inventories: reading.texts, folders: { inventory, playbook: beside } });
}

function readSource(path: string, reading: Reading): readonly VarsFolder[] {
  const { kind } = reading.edges.lookAt(path);
  if (kind === 'nothing' && path.includes(',')) {
    reading.texts.push({ kind: 'host-list', file: `-i ${path}`, text: path });
    return [];
  }
  if (kind === 'nothing') {
    reading.problems.push(noInventory(path));
    return [];
  }
  if (kind !== 'folder') readFile(path, reading);
  else readDirectory(path, reading, depthMax);
  return [folderAt(kind === 'folder' ? path : dirname(path), reading)];
}

function readDirectory(directory: string, reading: Reading, depthLeft: number): void {
  const names = namesIn(directory, reading, depthLeft);
  for (const name of names.filter((one) => !IGNORED.test(one))) {
    const path = join(directory, name);
    const { kind } = reading.edges.lookAt(path);
    if (kind === 'folder') readDirectory(path, reading, depthLeft - 1);
    else if (kind === 'file' || kind === 'program') readFile(path, reading);
  }
}

function readFile(path: string, reading: Reading): void {
  const { edges, texts, problems } = reading;
  if (edges.lookAt(path).kind === 'program') {
    runProgram(path, reading);
    return;
  }
  const text = edges.readText(path);
  if (text.ok) texts.push({ file: path, text: text.value });
  else problems.push(cannotRead(path, text.error));
}

/** Asks the program for its list, and host by host where the list has no variables of hosts. */
function runProgram(path: string, { edges, texts, problems }: Reading): void {
  const untilMs = edges.clock.nowMs() + programTimeMsMax;
  const ask = (words: readonly string[]) =>
    edges.runProgram(resolve(edges.directory, path), words, untilMs - edges.clock.nowMs());
  const list = ask(['--list']);
  if (!list.ok) {
    problems.push(cannotRead(path, list.error));
    return;
  }
  const hostTexts: { host: string; text: string }[] = [];
  for (const host of hostsToAsk(list.value)) {
    const text = ask(['--host', host]);
    if (!text.ok) {
      problems.push(cannotRead(path, text.error));
      return;
    }
    hostTexts.push({ host, text: text.value });
  }
  texts.push({ kind: 'program', file: `${path} --list`, text: list.value, hostTexts });
}

function folderAt(directory: string, reading: Reading): VarsFolder {
  const known = reading.folders.get(directory);
  if (known !== undefined) return known;
  const entries = (name: string): readonly VarsEntry[] => {
    const path = join(directory, name);
    const isFolder = reading.edges.lookAt(path).kind === 'folder';
    return isFolder ? entriesOf(path, reading, depthMax) : [];
  };
  const folder = { groups: entries('group_vars'), hosts: entries('host_vars') };
  reading.folders.set(directory, folder);
  return folder;
}

/** Every file, read: which of them count is known when groups and hosts are. */
function entriesOf(directory: string, reading: Reading, depthLeft: number): readonly VarsEntry[] {
  return namesIn(directory, reading, depthLeft)
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .flatMap((name): readonly VarsEntry[] => {
      const file = join(directory, name);
      const { kind } = reading.edges.lookAt(file);
      if (kind === 'folder') return [{ name, entries: entriesOf(file, reading, depthLeft - 1) }];
      if (kind !== 'file' && kind !== 'program') return [];
      const text = reading.edges.readText(file);
      return [text.ok ? { name, file, text: text.value } : { name, file, why: text.error.message }];
    });
}

function namesIn(directory: string, reading: Reading, depthLeft: number): readonly string[] {
  const names = reading.edges.listFiles(directory);
  if (!names.ok) {
    reading.problems.push(cannotRead(directory, names.error));
    return [];
  }
  const isTooMuch = reading.filesLeft >= 0 && reading.filesLeft < names.value.length;
  reading.filesLeft -= names.value.length;
  if (isTooMuch || depthLeft === 0) reading.problems.push(tooMuch(directory));
  return reading.filesLeft < 0 || depthLeft === 0 ? [] : names.value;
}

function noInventory(path: string): Diagnostic {
  const message = `${path} does not exist`;
  const help = `check the path; a host without an inventory is written with a comma: -i ${path},`;
  return { severity: 'error', code: 'cannot-read', message, help, at: atFile(path) };
}

function tooMuch(directory: string): Diagnostic {
  const message = `there are more than ${filesMax} files, or ${depthMax} folders in each other`;
  const help = 'name the file, or a folder that holds nothing but the inventory';
  return { severity: 'error', code: 'too-much', message, help, at: atFile(directory) };
}
