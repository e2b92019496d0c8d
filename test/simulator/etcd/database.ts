import { createHash } from 'node:crypto';
import { hashOf } from '../time/random.js';

/** One write: revisions rise by one, and a key's newest entry is its value. */
export interface Entry {
  readonly revision: number;
  readonly key: string;
  readonly value: string;
  /** Over this entry and all before it: two logs with equal hashes at one revision are equal up to it. */
  readonly hash: number;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
}

/** What lies in a member's data directory. Its own copy of the log: nothing is shared with the others. */
export class Database {
  readonly log: Entry[];

  constructor(
    readonly clusterId: string,
    readonly memberId: string,
    readonly members: readonly Member[],
    log: readonly Entry[],
    /** Everything up to it counts as compacted: where a restore with a raised revision begins. */
    readonly compacted = 0,
  ) {
    this.log = [...log];
  }

  get revision(): number {
    return Math.max(this.compacted, this.log.at(-1)?.revision ?? 1);
  }

  get hash(): number {
    return this.log.at(-1)?.hash ?? 0;
  }

  append(key: string, value: string): Entry {
    const entry = entryAfter(this.log.at(-1), key, value, this.compacted);
    this.log.push(entry);
    return entry;
  }

  hashAt(revision: number): number {
    return this.log.findLast((entry) => entry.revision <= revision)?.hash ?? 0;
  }
}

export function entryAfter(
  last: Entry | undefined,
  key: string,
  value: string,
  compacted = 0,
): Entry {
  const revision = Math.max(compacted, last?.revision ?? 1) + 1;
  const hash = hashOf(`${revision} ${key} ${value}\n`, last?.hash ?? 1);
  return { revision, key, value, hash };
}

/** Newest entry of each key at a revision, by key. */
export function keysAt(log: readonly Entry[], revision: number): ReadonlyMap<string, Entry> {
  const keys = new Map<string, Entry>();
  for (const entry of log) {
    if (entry.revision <= revision) keys.set(entry.key, entry);
  }
  return keys;
}

export interface Content {
  readonly sha256: string;
  readonly keys: number;
  readonly keysByKind: { readonly [kind: string]: number };
}

const known = new Map<string, Content>();

/** What every member that holds the same keys, values and revisions answers alike. */
export function contentAt(log: readonly Entry[], revision: number): Content {
  const last = log.findLast((entry) => entry.revision <= revision);
  const name = `${last?.revision} ${last?.hash}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const sorted = [...keysAt(log, revision).values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const keysByKind: { [kind: string]: number } = {};
  for (const { key } of sorted) {
    const kind = key.split('/')[2] ?? '';
    keysByKind[kind] = (keysByKind[kind] ?? 0) + 1;
  }
  const text = sorted.map(({ key, value, revision: at }) => `${key}=${value}@${at}\n`).join('');
  const content = { sha256: sha256(text), keys: sorted.length, keysByKind };
  if (known.size < 20_000) known.set(name, content);
  return content;
}

const digests = new Map<string, string>();

/** Remembered by text: the same snapshot is looked at by every host of every story. */
export function sha256(text: string): string {
  const found = digests.get(text);
  if (found !== undefined) return found;
  const made = createHash('sha256').update(text).digest('hex');
  if (digests.size > 5_000) digests.clear();
  digests.set(text, made);
  return made;
}
