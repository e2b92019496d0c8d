import type { Diagnostic } from '../core/diagnostic.js';
import { readYaml, type YamlDocument } from '../core/yaml.js';
import type { GroupTree } from './group-tree.js';
import { isMap } from './problems.js';
import { readGroups } from './read-groups.js';
import { readIni } from './read-ini.js';
import { ENCRYPTED_FILE, type InventoryText } from './source.js';

/**
 * A file that a person wrote. Ansible tries YAML where the name allows it (.yml, .yaml, .json or no
 * extension), then INI. So do we, but what looks like the one is never complained of as the other.
 */
export function readFile(source: InventoryText, tree: GroupTree): readonly Diagnostic[] {
  const { file, text } = source;
  if (ENCRYPTED_FILE.test(text)) return [encrypted(file)];
  const extension = /[^./](\.[^./]*)$/.exec(file)?.[1] ?? '';
  if (extension === '.toml') return [toml(file)];
  if (!['', '.yml', '.yaml', '.json'].includes(extension) || beginsWithSection(text)) {
    return readIni(source, tree);
  }
  const document = readYaml(source, 'ansible');
  if (document.ok && (extension !== '' || isYaml(document.value))) {
    return readGroups(document.value, tree).found;
  }
  if (!document.ok && (extension !== '' || looksLikeYaml(text))) return document.error;
  return readIni(source, tree);
}

/** Words on lines are one long text to YAML, and hosts to INI. */
function isYaml({ value }: YamlDocument): boolean {
  return value === null || isMap(value);
}

function beginsWithSection(text: string): boolean {
  const [first] = significantLines(text);
  return first !== undefined && /^\s*\[[^\]\s]+\]\s*(?:#.*)?$/.test(first);
}

function looksLikeYaml(text: string): boolean {
  const [first] = significantLines(text);
  return first !== undefined && (/:\s*(?:#.*)?$/.test(first) || first.startsWith('---'));
}

function significantLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/^\s*(?:[#;].*)?$/.test(line));
}

function encrypted(file: string): Diagnostic {
  const message = 'this inventory is encrypted as a whole, and ansible-vault is not read';
  const help = 'decrypt it, and keep only the secrets of it encrypted';
  const at = { file, line: 1, column: 1 };
  return { severity: 'error', code: 'encrypted-file', message, help, at };
}

function toml(file: string): Diagnostic {
  const message = 'inventories in TOML are not read';
  const help = 'convert it: ansible-inventory -i FILE --list --yaml > inventory.yml';
  const at = { file, line: 1, column: 1 };
  return { severity: 'error', code: 'toml', message, help, at };
}
