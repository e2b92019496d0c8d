import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryVar } from '../core/inventory.js';
import type { Json, JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import { pointerPart, type YamlDocument } from '../core/yaml.js';
import { type GroupTree, groupIn, hostIn } from './group-tree.js';
import { expandRange } from './range.js';

const GROUP_KEYS = ['hosts', 'children', 'vars'];

/** Reads one document's groups into the tree; what cannot be meant is a problem at its place. */
export function readGroups(document: YamlDocument, tree: GroupTree, problems: Diagnostic[]): void {
  const { value } = document;
  if (value === null) return;
  if (!isMap(value)) {
    const help = 'begin with a group: `all:` and below it `hosts:` or `children:`';
    problems.push(problem(document, '', 'shape', 'an inventory is a map of groups', help));
    return;
  }
  for (const [name, body] of Object.entries(value)) {
    readGroup(document, `/${pointerPart(name)}`, name, body, tree, problems);
  }
}

function readGroup(
  document: YamlDocument,
  pointer: string,
  name: string,
  body: Json,
  tree: GroupTree,
  problems: Diagnostic[],
): void {
  const group = groupIn(tree, name, document.keyAt(pointer));
  if (body === null) return;
  if (!isMap(body)) {
    const help = 'write `hosts:`, `children:` or `vars:` below it';
    problems.push(problem(document, pointer, 'shape', `the group ${name} is not a map`, help));
    return;
  }
  for (const key of Object.keys(body).filter((one) => !GROUP_KEYS.includes(one))) {
    problems.push(unknownKey(document, `${pointer}/${pointerPart(key)}`, name, key));
  }
  for (const [child, its] of entries(document, `${pointer}/children`, body.children, problems)) {
    group.children.add(child);
    const at = `${pointer}/children/${pointerPart(child)}`;
    readGroup(document, at, child, its, tree, problems);
  }
  for (const [key, value] of entries(document, `${pointer}/vars`, body.vars, problems)) {
    group.vars.set(key, varAt(document, `${pointer}/vars/${pointerPart(key)}`, value));
  }
  for (const [pattern, vars] of entries(document, `${pointer}/hosts`, body.hosts, problems)) {
    const at = `${pointer}/hosts/${pointerPart(pattern)}`;
    readHosts(document, at, pattern, vars, tree, problems).forEach((host) => {
      group.hosts.add(host);
    });
  }
}

function readHosts(
  document: YamlDocument,
  pointer: string,
  pattern: string,
  vars: Json,
  tree: GroupTree,
  problems: Diagnostic[],
): readonly HostName[] {
  const names = expandRange(pattern);
  if (!names.ok) {
    const help = 'a range is [1:3], [01:20], [a:c] or with a step [1:9:2]';
    problems.push(problem(document, pointer, 'range', names.error, help, 'key'));
    return [];
  }
  const own = entries(document, pointer, vars, problems);
  return names.value.map((name) => {
    const host = name as HostName;
    const known = hostIn(tree, host);
    for (const [key, value] of own) {
      known.set(key, varAt(document, `${pointer}/${pointerPart(key)}`, value));
    }
    return host;
  });
}

function entries(
  document: YamlDocument,
  pointer: string,
  value: Json | undefined,
  problems: Diagnostic[],
): readonly (readonly [string, Json])[] {
  if (value === undefined || value === null) return [];
  if (isMap(value)) return Object.entries(value);
  const help = 'write it as a map: each name followed by a colon, not by a dash';
  problems.push(problem(document, pointer, 'shape', `${lastPart(pointer)} is not a map`, help));
  return [];
}

function unknownKey(
  document: YamlDocument,
  pointer: string,
  group: string,
  key: string,
): Diagnostic {
  const message = `a group has no «${key}»: ${group} holds hosts, children and vars`;
  const help = `did you mean to write ${key} under \`children:\` or \`hosts:\`?`;
  return problem(document, pointer, 'unknown-key', message, help, 'key');
}

function varAt(document: YamlDocument, pointer: string, value: Json): InventoryVar {
  return { value, at: document.at(pointer) };
}

function isMap(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function lastPart(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1);
}

function problem(
  document: YamlDocument,
  pointer: string,
  code: string,
  message: string,
  help: string,
  where: 'key' | 'value' = 'value',
): Diagnostic {
  const at = where === 'key' ? document.keyAt(pointer) : document.at(pointer);
  return { severity: 'error', code, message, help, at };
}
