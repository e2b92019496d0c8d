import type { Diagnostic } from '../core/diagnostic.js';
import type { Position } from '../core/position.js';
import { err } from '../core/result.js';
import {
  addHost,
  type Group,
  type GroupTree,
  groupIn,
  setVariable,
  UNGROUPED,
} from './group-tree.js';
import { readHostPattern } from './host-pattern.js';
import { iniWords, type Word } from './ini-words.js';
import { pythonLiteral } from './python-literal.js';

const KINDS = ['hosts', 'children', 'vars'] as const;
type SectionKind = (typeof KINDS)[number];

/** A group that a section spoke of before any section of its own was there. */
interface Awaited {
  readonly kind: 'children' | 'vars';
  readonly at: Position;
  readonly parents: Group[];
}

/** What is read, where it goes, and where mistakes are noted. */
interface Reading {
  readonly file: string;
  readonly tree: GroupTree;
  readonly awaited: Map<string, Awaited>;
  readonly problems: Diagnostic[];
  /** Null below a section that is none: what stands there cannot be understood either. */
  section: { readonly group: Group; readonly kind: SectionKind } | null;
}

const COLON = 'a name ends in a colon: behind it a port is expected';

/** Python's line ends. */
const LINES = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Reads an INI inventory into the tree, line by line. Gives every mistake at its place. */
export function readIni(
  source: { readonly file: string; readonly text: string },
  tree: GroupTree,
): readonly Diagnostic[] {
  const group = groupIn(tree, UNGROUPED, { file: source.file, line: 1, column: 1 });
  const reading: Reading = {
    file: source.file,
    tree,
    awaited: new Map(),
    problems: [],
    section: { group, kind: 'hosts' },
  };
  for (const [index, raw] of source.text.split(LINES).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const at = { file: source.file, line: index + 1, column: raw.indexOf(line) + 1 };
    if (tree.hosts.size === 0 && looksLikeYaml(line)) return [yaml(line, at)];
    readLine(reading, line, at);
  }
  for (const [name, awaited] of reading.awaited)
    reading.problems.push(undefinedGroup(name, awaited));
  return reading.problems;
}

function readLine(reading: Reading, line: string, at: Position): void {
  const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line);
  if (header !== null) {
    const [, name = '', kind = 'hosts'] = header;
    openSection(reading, name, kind, at);
    return;
  }
  const { section } = reading;
  if (section?.kind === 'hosts') readHosts(reading, section.group, line, at);
  else if (section?.kind === 'children') readChild(reading, section.group, line, at);
  else if (section?.kind === 'vars') readVariable(reading, section.group, line, at);
}

function openSection(reading: Reading, name: string, written: string, at: Position): void {
  const { tree, awaited, problems } = reading;
  const kind = KINDS.find((one) => one === written);
  if (kind === undefined) {
    const help = 'a section is [GROUP], [GROUP:children] or [GROUP:vars]';
    problems.push(problem('section', `there is no kind of section «${written}»`, help, at));
    reading.section = null;
    return;
  }
  const isNew = !tree.groups.has(name);
  const group = groupIn(tree, name, at);
  reading.section = { group, kind };
  if (kind === 'vars') {
    if (isNew && !awaited.has(name)) awaited.set(name, { kind: 'vars', at, parents: [] });
    return;
  }
  for (const parent of awaited.get(name)?.parents ?? []) parent.children.add(name);
  awaited.delete(name);
}

function readChild(
  { tree, awaited, problems }: Reading,
  group: Group,
  line: string,
  at: Position,
): void {
  const [, name] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line) ?? [];
  if (name === undefined) {
    const help = 'below [GROUP:children] each line is the name of a group';
    problems.push(problem('group-name', `«${line}» is not a name of a group`, help, at));
    return;
  }
  if (tree.groups.has(name)) {
    group.children.add(name);
    return;
  }
  const known = awaited.get(name);
  if (known === undefined) awaited.set(name, { kind: 'children', at, parents: [group] });
  else known.parents.push(group);
}

/** Everything behind the first `=`, spaces and all: quotes and comments are Python's here. */
function readVariable({ tree, problems }: Reading, group: Group, line: string, at: Position): void {
  const cut = line.indexOf('=');
  if (cut <= 0) {
    const help = 'below [GROUP:vars] each line is `name = value`';
    problems.push(problem('variable', `«${line}» gives no variable a value`, help, at));
    return;
  }
  const written = line.slice(cut + 1);
  const value = pythonLiteral(written.trim());
  const column = at.column + cut + 1 + (written.length - written.trimStart().length);
  const name = line.slice(0, cut).trim();
  const wrong = setVariable(tree, group.name, name, { value, at: { ...at, column } });
  if (wrong !== null) problems.push(wrong);
}

function readHosts({ tree, problems }: Reading, group: Group, line: string, at: Position): void {
  const words = iniWords(line);
  if (!words.ok) {
    problems.push(problem('quoting', words.error, 'close it, or put a backslash before it', at));
    return;
  }
  const [first, ...rest] = words.value;
  const written = first?.text ?? '';
  const pattern = written.endsWith(':') ? err(COLON) : readHostPattern(written);
  if (!pattern.ok) {
    problems.push(notAHost(line, pattern.error, at));
    return;
  }
  const { names, port } = pattern.value;
  for (const name of names) addHost(tree, group, name, port, at);
  for (const word of rest) {
    const variable = variableIn(word, at);
    if (variable === null) {
      problems.push(notAVariable(word, { ...at, column: at.column + word.offset }));
      continue;
    }
    for (const name of names) {
      const wrong = setVariable(tree, name, variable.name, variable);
      if (wrong !== null) problems.push(wrong);
    }
  }
}

function variableIn(word: Word, at: Position) {
  const cut = word.text.indexOf('=');
  if (cut <= 0) return null;
  const value = pythonLiteral(word.text.slice(cut + 1));
  const column = at.column + word.offset + cut + 1;
  return { name: word.text.slice(0, cut), value, at: { ...at, column } };
}

/** Said once, and not of every line. */
function looksLikeYaml(line: string): boolean {
  return line === '---' || /^[\w.-]+:$/.test(line);
}

function yaml(line: string, at: Position): Diagnostic {
  const message = `«${line}» looks like YAML, and this file is read as INI`;
  return problem('host-name', message, 'let the name of a YAML inventory end in .yml', at);
}

function notAVariable({ text }: Word, at: Position): Diagnostic {
  const help = 'behind a host stand `name=value` words; a value with spaces needs quotes';
  return problem('variable', `«${text}» gives no variable a value`, help, at);
}

function notAHost(line: string, why: string, at: Position): Diagnostic {
  if (line.startsWith('[')) {
    const help = 'a section is [GROUP], [GROUP:children] or [GROUP:vars], without spaces';
    return problem('section', `«${line}» is neither a section nor a host`, help, at);
  }
  return problem('host-name', why, 'a name, or a range: [1:3], [01:20], [a:c], [1:9:2]', at);
}

function undefinedGroup(name: string, { kind, at }: Awaited): Diagnostic {
  const where = kind === 'vars' ? 'variables are given to' : 'among the children is';
  const message = `${where} the group ${name}, and there is no such group`;
  return problem('unknown-group', message, `write [${name}], or mend its name`, at);
}

function problem(code: string, message: string, help: string, at: Position): Diagnostic {
  return { severity: 'error', code, message, help, at };
}
