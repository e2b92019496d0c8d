import type { Json, JsonObject } from './json.js';

/**
 * Values that Ansible marks. They have the shape in which ansible-inventory prints them, so an inventory
 * can be listed as it is; whoever uses a value takes it through `usable`.
 */
const VAULT = '__ansible_vault';
const UNSAFE = '__ansible_unsafe';

export function vaulted(ciphertext: string): JsonObject {
  return { [VAULT]: ciphertext };
}

/** Marks every text in a value as one that is never a template. */
export function unsafe(value: Json): Json {
  if (typeof value === 'string') return { [UNSAFE]: value };
  if (value === null || typeof value !== 'object' || UNSAFE in value || VAULT in value)
    return value;
  if (Array.isArray(value)) return value.map(unsafe);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unsafe(one)]));
}

/** What stands in the way of using a value: it is encrypted, or a template that nobody evaluates here. */
export type Unusable = 'encrypted' | 'a Jinja template';

/** The value as a program may use it, its marks taken off; or why it cannot. */
export function usable(value: Json): { readonly value: Json } | { readonly why: Unusable } {
  if (typeof value === 'string') return isTemplate(value) ? { why: 'a Jinja template' } : { value };
  if (value === null || typeof value !== 'object') return { value };
  if (VAULT in value) return { why: 'encrypted' };
  if (UNSAFE in value) return { value: (value as JsonObject)[UNSAFE] as Json };
  const members = Object.entries(value).map(([key, one]) => [key, usable(one)] as const);
  const plain: [string, Json][] = [];
  for (const [key, one] of members) {
    if ('why' in one) return one;
    plain.push([key, one.value]);
  }
  return { value: Array.isArray(value) ? plain.map(([, one]) => one) : Object.fromEntries(plain) };
}

function isTemplate(text: string): boolean {
  return ['{{', '{%', '{#'].some((opening) => text.includes(opening));
}
