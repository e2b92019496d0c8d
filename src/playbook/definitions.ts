import { isObject, type Json, type JsonObject } from '../core/json.js';

/** What is shorter, in characters, is easier to read where it stands. */
const longFrom = 1_000;

/**
 * The same schema, with what is long and stands in it more than once written once, under `definitions`: what a
 * member is, say, which many modules are given. Each is called after the property that holds it first.
 */
export function withDefinitions(schema: JsonObject): JsonObject {
  const counts = occurrences(schema);
  const names = new Map<string, string>();
  const definitions: { [name: string]: Json } = {};

  const replaced = (value: Json, property: string): Json => {
    if (Array.isArray(value)) return value.map((one: Json) => replaced(one, property));
    if (!isObject(value)) return value;
    const { description, ...rest } = value;
    const text = JSON.stringify(rest);
    if ((counts.get(text) ?? 0) < 2) return withinOf(value, property);
    const name = names.get(text) ?? freeName(property, definitions);
    if (!names.has(text)) {
      names.set(text, name);
      // Its place, before what stands inside of it.
      definitions[name] = {};
      definitions[name] = withinOf(rest, property);
    }
    const there = { $ref: `#/definitions/${name}` };
    // Beside a $ref nothing counts (draft 7).
    return description === undefined ? there : { description, allOf: [there] };
  };
  const withinOf = (value: JsonObject, property: string): JsonObject =>
    Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        replaced(one, NOT_NAMES.has(key) ? property : key),
      ]),
    );

  return { ...withinOf(schema, 'value'), definitions };
}

/** Keywords of JSON Schema on the way from a property to what it is. */
const NOT_NAMES: ReadonlySet<string> = new Set([
  'properties',
  'items',
  'anyOf',
  'additionalProperties',
]);

/** How often each long schema of an object stands in it; what is inside of one is counted once, not with each copy. */
function occurrences(schema: JsonObject): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (value: Json): void => {
    if (Array.isArray(value)) {
      for (const one of value) count(one);
      return;
    }
    if (!isObject(value)) return;
    const { description: _, ...rest } = value;
    const text = JSON.stringify(rest);
    const before = counts.get(text) ?? 0;
    if (rest.type === 'object' && text.length >= longFrom) counts.set(text, before + 1);
    if (before === 0) for (const one of Object.values(value)) count(one);
  };
  count(schema);
  return counts;
}

function freeName(property: string, taken: JsonObject): string {
  let name = property;
  for (let number = 2; name in taken; number++) name = `${property}-${number}`;
  return name;
}
