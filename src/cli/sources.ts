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
}

export function readSources(
  playbook: string,
  options: CommonOptions,
  edges: Edges,
): Result<Sources, readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const read = (file: string): Source => {
    const text = edges.readText(file);
    if (text.ok) return { file, text: text.value };
    problems.push(cannotRead(file, text.error));
    return { file, text: '' };
  };
  const sources: Sources = {
    playbook: read(playbook),
    inventories: options.inventory.map(read),
    varsFiles: options.varsFile.map(read),
    extra: options.extra,
    limit: options.limit ?? null,
  };
  return problems.length === 0 ? ok(sources) : err(problems);
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
