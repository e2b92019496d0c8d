import type { Json } from './json.js';

/** Values in one document, with every alias written out. */
const nodesMax = 1_000_000;

/**
 * The reader's value as plain data, where a key named __proto__ is an ordinary key. Undefined when the
 * aliases, written out, are more than anybody means, or never end.
 */
export function plainValue(value: unknown, depthMax: number): Json | undefined {
  // An alias may stand at the deepest place and stand for the deepest value.
  return plain(value, { nodesLeft: nodesMax }, depthMax * 2);
}

function plain(value: unknown, budget: { nodesLeft: number }, depthLeft: number): Json | undefined {
  budget.nodesLeft -= 1;
  if (budget.nodesLeft < 0 || depthLeft < 0) return undefined;
  if (value === null || typeof value !== 'object') return value as Json;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const one of value) {
      const item = plain(one, budget, depthLeft - 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
  const members: [string, Json][] = [];
  for (const [key, one] of Object.entries(value)) {
    const member = plain(one, budget, depthLeft - 1);
    if (member === undefined) return undefined;
    members.push([key, member]);
  }
  return Object.fromEntries(members);
}
