import { canonical, type Json, type JsonObject, sameJson } from './json.js';

/** One place at which two values differ. `undefined`: there is nothing on that side. */
export interface Difference {
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Where two values differ, as deep as they can be compared; in the order of the keys. */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): readonly Difference[] {
  if (before === undefined || after === undefined) {
    return before === after ? [] : [{ path, before, after }];
  }
  if (sameJson(before, after)) return [];
  const [one, other] = [membersOf(before), membersOf(after)];
  if (one === null || other === null) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differences(one[key], other[key], [...path, key]));
}

/** `data_dir: "/var/lib/etcd" → "/srv/etcd"`. */
export function differenceText({ path, before, after }: Difference): string {
  const [was, is] = [before, after].map((value) => shown(value));
  return `${path.join('.')}: ${was} → ${is}`;
}

const charactersMax = 80;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = canonical(value);
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}

function membersOf(value: Json): JsonObject | null {
  return value !== null && typeof value === 'object' ? (value as JsonObject) : null;
}
