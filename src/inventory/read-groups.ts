import type { Json } from '../core/json.js';
import { pointerPart, type YamlDocument } from '../core/yaml.js';
import { addHost, type Group, type GroupTree, groupIn, setVariable } from './group-tree.js';
import { readHostPattern } from './host-pattern.js';
import { isMap, type Problems, problemsOf } from './problems.js';

const GROUP_KEYS = ['hosts', 'children', 'vars'];

/** What is read, where it goes, and where mistakes are noted. */
interface Reading {
  readonly document: YamlDocument;
  readonly tree: GroupTree;
  readonly problems: Problems;
}

/** Reads one document's groups into the tree; what cannot be meant is a problem at its place. */
export function readGroups(document: YamlDocument, tree: GroupTree): Problems {
  const problems = problemsOf(document);
  const { value } = document;
  // A second `hosts:` would silently take the hosts of the first away.
  for (const repeated of document.repeated) problems.pass({ ...repeated, severity: 'error' });
  if (value === null) return problems;
  if (!isMap(value)) {
    const help = 'begin with a group: `all:` and below it `hosts:` or `children:`';
    problems.add('', 'shape', 'an inventory is a map of groups', help);
    return problems;
  }
  if (typeof value.plugin === 'string') {
    problems.plugin('/plugin', value.plugin);
    return problems;
  }
  for (const [name, body] of Object.entries(value)) {
    const pointer = `/${pointerPart(name)}`;
    if (GROUP_KEYS.includes(name)) problems.noGroup(pointer, name);
    else readGroup({ document, tree, problems }, pointer, name, body);
  }
  return problems;
}

function readGroup(reading: Reading, pointer: string, name: string, body: Json): void {
  const { document, tree, problems } = reading;
  const group = groupIn(tree, name, document.keyAt(pointer));
  if (body === null) return;
  if (!isMap(body)) {
    const help = 'write `hosts:`, `children:` or `vars:` below it';
    problems.add(pointer, 'shape', `the group ${name} is not a map`, help);
    return;
  }
  // In the order of the file: it is the order of the hosts, and a variable written later wins.
  for (const [key, its] of Object.entries(body)) {
    const at = `${pointer}/${pointerPart(key)}`;
    if (!GROUP_KEYS.includes(key)) problems.unknownKey(at, name, key, GROUP_KEYS);
    for (const [entry, value] of GROUP_KEYS.includes(key) ? entries(reading, at, its) : []) {
      const below = `${at}/${pointerPart(entry)}`;
      if (key === 'vars') {
        problems.pass(setVariable(tree, name, entry, { value, at: document.at(below) }));
      }
      if (key === 'hosts') readHosts(reading, group, below, entry, value);
      if (key === 'children') {
        group.children.add(entry);
        readGroup(reading, below, entry, value);
      }
    }
  }
}

function readHosts(
  reading: Reading,
  group: Group,
  pointer: string,
  written: string,
  vars: Json,
): void {
  const { document, tree, problems } = reading;
  const pattern = readHostPattern(written);
  if (!pattern.ok) {
    const help = 'a name, or a range: [1:3], [01:20], [a:c], with a step [1:9:2]';
    problems.add(pointer, 'host-name', pattern.error, help, 'key');
    return;
  }
  const { names, port } = pattern.value;
  if (!isMap(vars) && !isNothing(vars)) {
    const message = `${written} has no variables here`;
    problems.add(pointer, 'shape', message, 'write `name: value` below it');
    return;
  }
  for (const name of names) {
    addHost(tree, group, name, port, document.keyAt(pointer));
    for (const [key, value] of isMap(vars) ? Object.entries(vars) : []) {
      const at = document.at(`${pointer}/${pointerPart(key)}`);
      problems.pass(setVariable(tree, name, key, { value, at }));
    }
  }
}

/** What Python takes for nothing: `cp1: ''` has no variables, as `cp1:`. */
function isNothing(value: Json): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

/** A single name may stand without a colon, as in Ansible: `hosts: cp1`. */
function entries(
  reading: Reading,
  pointer: string,
  value: Json,
): readonly (readonly [string, Json])[] {
  if (value === null) return [];
  if (isMap(value)) return Object.entries(value);
  const key = pointer.slice(pointer.lastIndexOf('/') + 1);
  if (typeof value === 'string' && key !== 'vars') return [[value, null]];
  const help = 'write it as a map: each name followed by a colon, not by a dash';
  reading.problems.add(pointer, 'shape', `${key} is not a map`, help);
  return [];
}
