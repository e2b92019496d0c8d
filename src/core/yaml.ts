import { constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import type { Diagnostic } from './diagnostic.js';
import type { Json } from './json.js';
import type { Position } from './position.js';
import { err, ok, type Result } from './result.js';
import { SCHEMAS, type YamlDialect } from './yaml-dialect.js';
import { locate, type YamlPlaces } from './yaml-places.js';
import { plainValue } from './yaml-plain.js';

/** A YAML text with the place of every value and key, by JSON pointer (`/plays/0/hosts`). */
export interface YamlDocument {
  readonly file: string;
  readonly value: Json;
  /** In Ansible's dialect a key may be written twice, and the later one wins: said here, as warnings. */
  readonly repeated: readonly Diagnostic[];
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
export function readYaml(
  source: { readonly file: string; readonly text: string },
  dialect: YamlDialect = 'core',
): Result<YamlDocument, readonly Diagnostic[]> {
  const { file } = source;
  // Ansible tries JSON first: there `1e3` is a number, and tabs may indent.
  const isJson = dialect === 'ansible' && looksLikeJson(source.text);
  const text = isJson ? source.text.replaceAll('\t', ' ') : source.text;
  try {
    const events = parseEvents(text, { filename: file, maxDepth: depthMax });
    const places = locate(text, events);
    const odd = places.oddKeys.map((offset) => {
      const help = 'a key is one word or a text in quotes';
      return problem('key', 'a key is a list or a map here', help, positionAt(source, offset));
    });
    const repeated = places.repeatedKeys.map(({ pointer, offset }) =>
      problem(
        'duplicate-key',
        `the key «${lastPart(pointer)}» is written twice`,
        'keep one of the two; the later one would silently win',
        positionAt(source, offset),
      ),
    );
    const isStrict = dialect === 'core';
    if (odd.length > 0 || (isStrict && repeated.length > 0)) return err([...repeated, ...odd]);
    const schema = SCHEMAS[isJson ? 'core' : dialect];
    const options = { source: text, filename: file, json: true, maxAliases: aliasesMax, schema };
    const documents = constructFromEvents(events, options);
    if (documents.length > 1) {
      const message = 'there is more than one document in this file';
      const help = 'keep one: take the `---` lines out';
      return err([problem('many-documents', message, help, { file, line: 1, column: 1 })]);
    }
    const value = plainValue(documents[0] ?? null, depthMax);
    if (value === undefined) {
      const message = 'the aliases (*name) of this file blow it up, or one holds itself';
      const help = 'write the values out instead of aliases';
      return err([problem('aliases', message, help, { file, line: 1, column: 1 })]);
    }
    const warnings = repeated.map((one) => ({ ...one, severity: 'warning' }) as const);
    return ok(documentOf({ file, text }, value, places, warnings));
  } catch (thrown) {
    return err([syntaxError(source, thrown)]);
  }
}

function documentOf(
  source: { readonly file: string; readonly text: string },
  value: Json,
  places: YamlPlaces,
  repeated: readonly Diagnostic[],
): YamlDocument {
  const lineStarts = [0];
  for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) {
    lineStarts.push(at + 1);
  }
  const position = (offset: number): Position => positionIn(source.file, lineStarts, offset);
  const find = (offsets: ReadonlyMap<string, number>, pointer: string): Position => {
    for (let path = pointer; ; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
      // A value that is not written (`cp1:`) has no place of its own: its key stands for it.
      const offset = offsets.get(path) ?? places.values.get(path) ?? places.keys.get(path);
      if (offset !== undefined) return position(offset);
      if (path === '') return { file: source.file, line: 1, column: 1 };
    }
  };
  return {
    file: source.file,
    value,
    repeated,
    at: (pointer) => find(places.values, pointer),
    keyAt: (pointer) => find(places.keys, pointer),
    within: (pointer, offset) => {
      const scalar = places.scalars.get(pointer);
      if (scalar === undefined) return find(places.values, pointer);
      return position(scalar.offsetOf(offset));
    },
  };
}

function looksLikeJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
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
  if (/unknown .*tag/.test(thrown.reason)) {
    const help = 'take the tag out';
    return problem('tag', thrown.reason, help, at);
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

/** The same with the beginnings of all lines known: a big inventory asks for thousands of places. */
function positionIn(file: string, lineStarts: readonly number[], offset: number): Position {
  let [low, high] = [0, lineStarts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file, line: low + 1, column: offset - (lineStarts[low] as number) + 1 };
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
