import type { Json } from '../core/json.js';

/** The one boundary between JSON and CEL: CEL's whole numbers are BigInt, JSON's are numbers. */
export function toCel(value: Json): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (value === null || typeof value !== 'object') return value;
  return new Map(Object.entries(value).map(([key, one]) => [key, toCel(one)]));
}

export function fromCel(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) {
    return value as Json;
  }
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, one]) => [String(key), fromCel(one)]));
  }
  if (value !== undefined && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value as object);
    return Object.fromEntries(entries.map(([key, one]) => [key, fromCel(one)]));
  }
  throw new Error('an expression gave something that is not plain data');
}
