import { constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import type { Diagnostic } from './diagnostic.js';
import type { Json } from './json.js';
import type { Position } from './position.js';
import { err, ok, type Result } from './result.js';
import { locate, type YamlPlaces } from './yaml-places.js';

/** A YAML text with the place of every value and key, by JSON pointer (`/plays/0/hosts`). */
export interface YamlDocument {
  readonly file: string;
  readonly value: Json;
  /** Where the value begins; the nearest ancestor that is known when this one is not. */
  at(pointer: string): Position;
  /** Where the key of a mapping's entry is written. */
  keyAt(pointer: string): Position;
  /** Where the character `offset` of a text value stands. */
  within(pointer: string, offset: number): Position;
}

/** An alias bomb or a tower of brackets is a mistake, not a playbook. */
const aliasesMax = 200;
const depthMax = 64;

/** One document. Gives every duplicate key at once; a text that is no YAML gives its first mistake. */
export function readYaml(source: {
  readonly file: string;
  readonly text: string;
}): Result<YamlDocument, readonly Diagnostic[]> {
  const { file, text } = source;
  try {
    const events = parseEvents(text, { filename: file, maxDepth: depthMax });
    const places = locate(text, events);
    const repeated = places.repeatedKeys.map(({ pointer, offset }) =>
      problem(
        'duplicate-key',
        `the key «${lastPart(pointer)}» is written twice`,
        'keep one of the two; the later one would silently win',
        positionAt(source, offset),
      ),
    );
    if (repeated.length > 0) return err(repeated);
    const options = { source: text, filename: file, json: true, maxAliases: aliasesMax };
    const documents = constructFromEvents(events, options);
    if (documents.length > 1) {
      const message = 'there is more than one document in this file';
      const help = 'keep one: take the `---` lines out';
      return err([problem('many-documents', message, help, { file, line: 1, column: 1 })]);
    }
    return ok(documentOf(source, plain(documents[0] ?? null), places));
  } catch (thrown) {
    return err([syntaxError(source, thrown)]);
  }
}

function documentOf(
  source: { readonly file: string; readonly text: string },
  value: Json,
  places: YamlPlaces,
): YamlDocument {
  const find = (offsets: ReadonlyMap<string, number>, pointer: string): Position => {
    for (let path = pointer; ; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
      const offset = offsets.get(path) ?? places.values.get(path);
      if (offset !== undefined) return positionAt(source, offset);
      if (path === '') return { file: source.file, line: 1, column: 1 };
    }
  };
  return {
    file: source.file,
    value,
    at: (pointer) => find(places.values, pointer),
    keyAt: (pointer) => find(places.keys, pointer),
    within: (pointer, offset) => {
      const scalar = places.scalars.get(pointer);
      if (scalar === undefined) return find(places.values, pointer);
      return positionAt(source, scalar.offsetOf(offset));
    },
  };
}

/** The reader makes plain objects; a key named __proto__ must stay an ordinary key in all of them. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

function syntaxError(
  source: { readonly file: string; readonly text: string },
  thrown: unknown,
): Diagnostic {
  if (!(thrown instanceof YAMLException)) throw thrown;
  const offset = thrown.mark?.position ?? 0;
  const at = positionAt(source, offset);
  const line = source.text.split('\n')[at.line - 1] ?? '';
  const tab = /^\s*?\t/.exec(line);
  if (tab !== null) {
    const column = line.indexOf('\t') + 1;
    const message = 'a tab is used for indentation';
    return problem('tab', message, 'YAML is indented with spaces', { ...at, column });
  }
  return problem('yaml', thrown.reason, 'see the line above it too: YAML notices late', at);
}

export function positionAt(
  source: { readonly file: string; readonly text: string },
  offset: number,
): Position {
  const before = source.text.slice(0, Math.max(0, offset));
  const line = before.split('\n').length;
  return { file: source.file, line, column: before.length - before.lastIndexOf('\n') };
}

/** One part of a JSON pointer, escaped. */
export function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function lastPart(pointer: string): string {
  const part = pointer.slice(pointer.lastIndexOf('/') + 1);
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function problem(code: string, message: string, help: string, at: Position): Diagnostic {
  return { severity: 'error', code, message, help, at };
}
