import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Json, JsonObject } from '../core/json.js';
import type { YamlDocument } from '../core/yaml.js';

/** The mistakes of one document, each at its place. */
export interface Problems {
  readonly found: readonly Diagnostic[];
  add(pointer: string, code: string, message: string, help: string, where?: 'key' | 'value'): void;
  /** One that was made elsewhere; null is none. */
  pass(problem: Diagnostic | null): void;
  /** The settings of an inventory plugin, where an inventory is expected. */
  plugin(pointer: string, name: string): void;
  unknownKey(pointer: string, group: string, key: string, known: readonly string[]): void;
  /** `hosts:` at the top, where groups are. */
  noGroup(pointer: string, key: string): void;
}

export function problemsOf(document: YamlDocument): Problems {
  const found: Diagnostic[] = [];
  const add: Problems['add'] = (pointer, code, message, help, where = 'value') => {
    const at = where === 'key' ? document.keyAt(pointer) : document.at(pointer);
    found.push({ severity: 'error', code, message, help, at });
  };
  return {
    found,
    add,
    pass: (problem) => {
      if (problem !== null) found.push(problem);
    },
    plugin: (pointer, name) => {
      const message = `these are the settings of the inventory plugin ${name}, and plugins are not run here`;
      const help = 'give what it finds: ansible-inventory -i FILE --list --yaml > inventory.yml';
      add(pointer, 'plugin', message, help, 'key');
    },
    unknownKey: (pointer, group, key, known) => {
      const near = closest(key, known);
      const message = `a group has no «${key}»: ${group} holds hosts, children and vars`;
      const help =
        near === null
          ? `did you mean to write ${key} under \`children:\`, \`hosts:\` or \`vars:\`?`
          : `did you mean \`${near}:\`?`;
      add(pointer, 'unknown-key', message, help, 'key');
    },
    noGroup: (pointer, key) => {
      const message = `«${key}» stands where a group is expected`;
      add(pointer, 'shape', message, `write \`all:\` above it and indent \`${key}:\` below`, 'key');
    },
  };
}

export function isMap(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
