import type { Diagnostic } from '../core/diagnostic.js';
import type { Json, JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import { pointerPart, readYaml, type YamlDocument } from '../core/yaml.js';
import { addHost, type Group, type GroupTree, groupIn, setVariable } from './group-tree.js';
import { refusedName } from './host-pattern.js';
import { isMap, type Problems, problemsOf } from './problems.js';
import type { InventoryText } from './source.js';

const META = '_meta';
const GROUP_KEYS = ['hosts', 'vars', 'children'];

/** The dynamic inventory's JSON, as an executable prints it for `--list`. */
export function readProgram(source: InventoryText, tree: GroupTree): readonly Diagnostic[] {
  const document = jsonIn(source);
  if (!document.ok) return document.error;
  const { value } = document;
  const problems = problemsOf(value);
  if (!isMap(value.value)) {
    problems.add('', 'shape', 'the program did not print a map of groups', HELP);
    return problems.found;
  }
  const hosts = new Set<HostName>();
  for (const [name, body] of Object.entries(value.value)) {
    if (name !== META) readGroup({ document: value, tree, problems, hosts }, name, body);
  }
  const listed = hostVarsOf(value.value);
  if (listed !== null) {
    for (const host of hosts) {
      readVars(value, tree, problems, host, `/${META}/hostvars/${pointerPart(host)}`, listed[host]);
    }
    return problems.found;
  }
  const single = (source.hostTexts ?? []).flatMap((one) => readHostText(source, one, tree));
  return [...problems.found, ...single];
}

/** The hosts that the program must be asked for one by one: its list has no variables of hosts. */
export function hostsToAsk(listText: string): readonly string[] {
  const document = jsonIn({ file: '', text: listText });
  if (!document.ok || !isMap(document.value.value)) return [];
  const { value } = document.value;
  if (hostVarsOf(value) !== null) return [];
  const names = Object.entries(value).flatMap(([name, body]) => {
    const hosts = name === META ? [] : groupOf(name, body).hosts;
    return Array.isArray(hosts) ? hosts : [];
  });
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

const HELP = 'it must print {"GROUP": {"hosts": [...], "vars": {...}, "children": [...]}, ...}';

type JsonRead =
  | { readonly ok: true; readonly value: YamlDocument }
  | { readonly ok: false; readonly error: readonly Diagnostic[] };

/** JSON and nothing else: a program that prints YAML is not understood by Ansible either. */
function jsonIn({ file, text }: { readonly file: string; readonly text: string }): JsonRead {
  try {
    JSON.parse(text);
  } catch {
    const at = { file, line: 1, column: 1 };
    const message = 'the program did not print JSON';
    const problem = { severity: 'error', code: 'json', message, help: HELP, at } as const;
    return { ok: false, error: [problem] };
  }
  return readYaml({ file, text }, 'ansible');
}

function hostVarsOf(value: JsonObject): JsonObject | null {
  const meta = value[META] ?? null;
  if (!isMap(meta) || !('hostvars' in meta)) return null;
  const { hostvars = null } = meta;
  return isMap(hostvars) ? hostvars : {};
}

/** A list is hosts; a map without any of the known keys is one host, named as the group, with variables. */
function groupOf(name: string, body: Json): JsonObject {
  if (!isMap(body)) return { hosts: body };
  if (GROUP_KEYS.some((key) => key in body)) return body;
  return { hosts: [name], vars: body };
}

interface Reading {
  readonly document: YamlDocument;
  readonly tree: GroupTree;
  readonly problems: Problems;
  readonly hosts: Set<HostName>;
}

function readGroup(reading: Reading, name: string, body: Json): void {
  const { document, tree, problems } = reading;
  const pointer = `/${pointerPart(name)}`;
  const at = document.keyAt(pointer);
  const group = groupIn(tree, name, at);
  const { hosts, vars, children } = groupOf(name, body);
  if (hosts !== undefined) readHosts(reading, group, hosts, pointer);
  if (vars !== undefined) {
    const below = isMap(body) && 'vars' in body ? `${pointer}/vars` : pointer;
    readVars(document, tree, problems, name, below, vars);
  }
  if (children === undefined) return;
  if (!Array.isArray(children)) {
    problems.add(`${pointer}/children`, 'shape', `the children of ${name} are not a list`, HELP);
    return;
  }
  for (const [index, child] of children.entries()) {
    const place = document.at(`${pointer}/children/${index}`);
    if (typeof child === 'string') {
      groupIn(tree, child, place);
      group.children.add(child);
    } else problems.add(`${pointer}/children/${index}`, 'shape', 'a group has a name', HELP);
  }
}

function readHosts(reading: Reading, group: Group, hosts: Json, pointer: string): void {
  const { document, tree, problems } = reading;
  if (!Array.isArray(hosts)) {
    problems.add(pointer, 'shape', `the hosts of ${group.name} are not a list`, HELP);
    return;
  }
  for (const name of hosts) {
    const refused = typeof name === 'string' ? refusedName(name) : 'a host has no name';
    if (refused === null) {
      reading.hosts.add(name as HostName);
      addHost(tree, group, name as HostName, null, document.at(pointer));
    } else problems.add(pointer, 'host-name', refused, 'mend what the program prints');
  }
}

function readVars(
  document: YamlDocument,
  tree: GroupTree,
  problems: Problems,
  owner: string,
  pointer: string,
  vars: Json | undefined,
): void {
  if (vars === undefined) return;
  if (!isMap(vars)) {
    problems.add(pointer, 'shape', `the variables of ${owner} are not a map`, HELP);
    return;
  }
  for (const [key, value] of Object.entries(vars)) {
    const at = document.at(`${pointer}/${pointerPart(key)}`);
    problems.pass(setVariable(tree, owner, key, { value, at }));
  }
}

function readHostText(
  source: InventoryText,
  { host, text }: { readonly host: string; readonly text: string },
  tree: GroupTree,
): readonly Diagnostic[] {
  if (text.trim() === '') return [];
  const document = jsonIn({ file: hostFile(source.file, host), text });
  if (!document.ok) return document.error;
  const problems = problemsOf(document.value);
  readVars(document.value, tree, problems, host, '', document.value.value);
  return problems.found;
}

/** The name under which what a program printed for one host is spoken of. */
export function hostFile(file: string, host: string): string {
  return `${file.replace(/ --list$/, '')} --host ${host}`;
}
