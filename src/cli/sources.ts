import { dirname } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.js';
import { err, ok, type Result } from '../core/result.js';
import {
  hostFile,
  type InventoryText,
  NO_FOLDERS,
  type VarsEntry,
  type VarsFolders,
} from '../inventory/index.js';
import type { Selection } from '../plan/index.js';
import { importsOf } from '../playbook/index.js';
import type { Edges } from './edges.js';
import { readInventories } from './inventory-sources.js';
import { readLimit } from './limit.js';
import type { CommonOptions } from './options.js';
import { cannotRead } from './unreadable.js';

/** One text that a person wrote, under the name that they gave it. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Everything that a plan is made from, as texts: what a run keeps so that it can be taken back later. */
export interface Sources {
  readonly playbook: Source;
  /** The playbooks that it imports, and those that they import. */
  readonly imports: readonly Source[];
  readonly inventories: readonly InventoryText[];
  /** Variables of files beside; absent in what a run keeps. */
  readonly folders?: VarsFolders;
  readonly varsFiles: readonly Source[];
  /** `name=value` pairs of `-e`, as typed. */
  readonly extra: readonly string[];
  readonly limit: string | null;
  /** Names of hosts that are down and stay down: a part of the plan as well. */
  readonly without: readonly string[];
  /** `--tags` and its like: a part of the plan as much as the playbook is. */
  readonly selection: Selection | null;
  /** Relative paths among the values are below it: where the run was started. */
  readonly directory: string;
  /** What was named on the command line; absent in runs of versions that did not keep it. */
  readonly given?: GivenNames;
}

export interface GivenNames {
  readonly playbook: string;
  readonly inventories: readonly string[];
  readonly varsFiles: readonly string[];
}

export type InputOptions = Pick<
  CommonOptions,
  | 'inventory'
  | 'extra'
  | 'varsFile'
  | 'limit'
  | 'without'
  | 'tags'
  | 'skipTags'
  | 'startAtTask'
  | 'step'
>;

export function readSources(
  playbook: string,
  options: InputOptions,
  edges: Edges,
): Result<Sources, readonly Diagnostic[]> {
  const playbooks = readTexts([playbook], edges);
  const inventories = readInventories(options.inventory, dirname(playbook), edges);
  const varsFiles = readTexts(options.varsFile, edges);
  const limit = readLimit(options.limit, edges);
  if (!playbooks.ok || !inventories.ok || !varsFiles.ok || !limit.ok) {
    const all = [playbooks, inventories, varsFiles, limit];
    return err(all.flatMap((one) => (one.ok ? [] : one.error)));
  }
  const [source] = playbooks.value as readonly [Source];
  return ok({
    playbook: source,
    imports: readImports(source, edges),
    ...inventories.value,
    varsFiles: varsFiles.value,
    extra: options.extra,
    limit: limit.value,
    without: [...new Set(options.without ?? [])].sort(),
    selection: selectionOf(options),
    directory: edges.directory,
    given: { playbook, inventories: options.inventory, varsFiles: options.varsFile },
  });
}

function selectionOf({ tags = [], skipTags = [], startAtTask, step }: InputOptions): Selection {
  return { tags, skipTags, startAtTask: startAtTask ?? null, step: step === true };
}

/** What a run or a saved plan kept, whichever version wrote it. */
export function keptSources(inputs: unknown): Sources {
  const kept = inputs as Sources;
  return {
    ...kept,
    imports: kept.imports ?? [],
    selection: kept.selection ?? null,
    without: kept.without ?? [],
  };
}

/** All that can be read; the parser says where the others are imported. */
function readImports(playbook: Source, edges: Edges): readonly Source[] {
  const found = new Map<string, Source>();
  const open = [...importsOf(playbook)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    const text = edges.readText(file);
    if (!text.ok) continue;
    const source = { file, text: text.value };
    found.set(file, source);
    open.push(...importsOf(source));
  }
  return [...found.values()];
}

/** A map from the name under which a text is imported to the text. */
export function importedTexts({ imports }: Sources): ReadonlyMap<string, string> {
  return new Map(imports.map(({ file, text }) => [file, text]));
}

/** Every text, or one finding for each file that cannot be read. */
export function readTexts(
  files: readonly string[],
  edges: Edges,
): Result<readonly Source[], readonly Diagnostic[]> {
  const texts: Source[] = [];
  const problems: Diagnostic[] = [];
  for (const file of files) {
    const text = edges.readText(file);
    if (text.ok) texts.push({ file, text: text.value });
    else problems.push(cannotRead(file, text.error));
  }
  return problems.length === 0 ? ok(texts) : err(problems);
}

/** The texts by name, for showing the line that a diagnostic is about. */
export function textsOf(sources: Sources): ReadonlyMap<string, string> {
  const all = [
    sources.playbook,
    ...sources.imports,
    ...inventoryTexts(sources.inventories, sources.folders ?? NO_FOLDERS),
    ...sources.varsFiles,
  ];
  return new Map(all.map((source) => [source.file, source.text]));
}

/** Every text of an inventory, those of single hosts and of its variables too. */
export function inventoryTexts(
  texts: readonly InventoryText[],
  folders: VarsFolders,
): readonly Source[] {
  const single = texts.flatMap(({ file, hostTexts = [] }) =>
    hostTexts.map(({ host, text }) => ({ file: hostFile(file, host), text })),
  );
  const vars = [...folders.inventory, ...folders.playbook].flatMap(({ groups, hosts }) =>
    [...groups, ...hosts].flatMap(textsIn),
  );
  return [...texts, ...single, ...vars];
}

function textsIn(entry: VarsEntry): readonly Source[] {
  if ('entries' in entry) return entry.entries.flatMap(textsIn);
  return 'text' in entry ? [entry] : [];
}
