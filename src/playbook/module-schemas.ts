import type { JsonObject } from '../core/json.js';
import type { Catalogue } from '../core/module.js';

/**
 * What is checked when a task is bound, and what its register then holds: no expressions are left in them.
 * A program that reads `step.finished` finds each module's `result` here.
 */
export function moduleSchemas(catalogue: Catalogue): JsonObject {
  const modules = [...catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const definitions = modules.flatMap(({ name, summary, args, result }) => [
    [`${name}.arguments`, { description: summary, ...plain(args) }],
    [`${name}.result`, plain(result)],
  ]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'The arguments and results of the modules of runback',
    definitions: Object.fromEntries(definitions) as JsonObject,
  };
}

function plain(schema: unknown): JsonObject {
  return JSON.parse(JSON.stringify(schema)) as JsonObject;
}
