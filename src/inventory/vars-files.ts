import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryVar } from '../core/inventory.js';
import { pointerPart, readYaml } from '../core/yaml.js';
import { isMap } from './problems.js';
import { ENCRYPTED_FILE, type VarsEntry, type VarsFolder, type VarsFolders } from './source.js';

type Vars = ReadonlyMap<string, InventoryVar>;

/** group_vars/ and host_vars/ of one place. */
interface FolderReader {
  ofGroup(name: string): Vars;
  ofHost(name: string): Vars;
}

export interface VarsReader {
  readonly besideInventory: readonly FolderReader[];
  readonly besidePlaybook: readonly FolderReader[];
  /** Both, lowest first. */
  readonly folders: readonly FolderReader[];
  /** What was found in the files that somebody's variables come from; the others are not looked at. */
  readonly found: readonly Diagnostic[];
}

const NONE: Vars = new Map();
const EXTENSIONS = ['.yml', '.yaml', '.json'];

/** Reads a file when it is first asked for, and once. */
export function makeVarsReader({ inventory, playbook }: VarsFolders): VarsReader {
  const found: Diagnostic[] = [];
  const besideInventory = inventory.map((folder) => folderReader(folder, found));
  const besidePlaybook = playbook.map((folder) => folderReader(folder, found));
  const folders = [...besideInventory, ...besidePlaybook];
  return { besideInventory, besidePlaybook, folders, found };
}

function folderReader(folder: VarsFolder, found: Diagnostic[]): FolderReader {
  const reader = (entries: readonly VarsEntry[]) => {
    const known = new Map<string, Vars>();
    return (name: string): Vars => {
      if (entries.length === 0) return NONE;
      const read = known.get(name) ?? varsOf(name, entries, found);
      known.set(name, read);
      return read;
    };
  };
  return { ofGroup: reader(folder.groups), ofHost: reader(folder.hosts) };
}

function varsOf(name: string, entries: readonly VarsEntry[], found: Diagnostic[]): Vars {
  const vars = new Map<string, InventoryVar>();
  for (const file of filesFor(name, entries)) {
    for (const [key, value] of readVars(file, found)) vars.set(key, value);
  }
  return vars;
}

type VarsFile = Exclude<VarsEntry, { readonly entries: unknown }>;

/** The first of NAME, NAME.yml, NAME.yaml and NAME.json; a folder stands for the files in it. */
function filesFor(name: string, entries: readonly VarsEntry[]): readonly VarsFile[] {
  const [entry] = ['', ...EXTENSIONS].flatMap((extension) =>
    entries.filter((one) => one.name === `${name}${extension}`),
  );
  if (entry === undefined) return [];
  return 'entries' in entry ? filesBelow(entry.entries) : [entry];
}

function filesBelow(entries: readonly VarsEntry[]): readonly VarsFile[] {
  return entries.flatMap((entry) => {
    const extension = /[^.](\.[^.]*)$/.exec(entry.name)?.[1] ?? '';
    if ('entries' in entry) return extension === '' ? filesBelow(entry.entries) : [];
    return extension === '' || EXTENSIONS.includes(extension) ? [entry] : [];
  });
}

function readVars(source: VarsFile, found: Diagnostic[]): Vars {
  const { file } = source;
  if ('why' in source) {
    found.push(unreadable(file, source.why));
    return NONE;
  }
  const { text } = source;
  if (ENCRYPTED_FILE.test(text)) {
    found.push(encrypted(file));
    return NONE;
  }
  const document = readYaml({ file, text }, 'ansible');
  if (!document.ok) {
    found.push(...document.error);
    return NONE;
  }
  const { value, repeated, at } = document.value;
  found.push(...repeated);
  if (value === null) return NONE;
  if (isMap(value)) {
    const members = Object.entries(value);
    return new Map(
      members.map(([key, one]) => [key, { value: one, at: at(`/${pointerPart(key)}`) }]),
    );
  }
  const message = 'a file of variables is a map of names to values';
  const help = 'write `name: value` lines';
  found.push({ severity: 'error', code: 'shape', message, help, at: at('') });
  return NONE;
}

function unreadable(file: string, message: string): Diagnostic {
  const help = 'check who may read it';
  return {
    severity: 'error',
    code: 'cannot-read',
    message,
    help,
    at: { file, line: 1, column: 1 },
  };
}

/** The most usual file of secrets. It may hold anything, so it must be said that it was not looked into. */
function encrypted(file: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'encrypted-file',
    message: 'this file is encrypted, and none of its variables is used',
    help: 'write what runback needs (hosts, users, declared variables) into a file beside it',
    at: { file, line: 1, column: 1 },
  };
}
