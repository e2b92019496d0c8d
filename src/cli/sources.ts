import type { Diagnostic } from '../core/diagnostic.js';
import type { Failure } from '../core/failure.js';
import { err, ok, type Result } from '../core/result.js';
import type { Edges } from './edges.js';
import type { CommonOptions } from './options.js';

/** One text that a person wrote, under the name that they gave it. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Everything that a plan is made from, as texts: what a run keeps so that it can be taken back later. */
export interface Sources {
  readonly playbook: Source;
  readonly inventories: readonly Source[];
  readonly varsFiles: readonly Source[];
  /** `name=value` pairs of `-e`, as typed. */
  readonly extra: readonly string[];
  readonly limit: string | null;
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

export type InputOptions = Pick<CommonOptions, 'inventory' | 'extra' | 'varsFile' | 'limit'>;

export function readSources(
  playbook: string,
  options: InputOptions,
  edges: Edges,
): Result<Sources, readonly Diagnostic[]> {
  const playbooks = readTexts([playbook], edges);
  const inventories = readTexts(options.inventory, edges);
  const varsFiles = readTexts(options.varsFile, edges);
  if (!playbooks.ok || !inventories.ok || !varsFiles.ok) {
    return err([playbooks, inventories, varsFiles].flatMap((one) => (one.ok ? [] : one.error)));
  }
  return ok({
    playbook: playbooks.value[0] as Source,
    inventories: inventories.value,
    varsFiles: varsFiles.value,
    extra: options.extra,
    limit: options.limit ?? null,
    directory: edges.directory,
    given: { playbook, inventories: options.inventory, varsFiles: options.varsFile },
  });
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
  const all = [sources.playbook, ...sources.inventories, ...sources.varsFiles];
  return new Map(all.map((source) => [source.file, source.text]));
}

function cannotRead(file: string, failure: Failure): Diagnostic {
  return {
    severity: 'error',
    code: failure.code,
    message: failure.message,
    help: failure.next,
    at: { file, line: 1, column: 1 },
  };
}
