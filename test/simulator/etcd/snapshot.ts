import { type Entry, sha256 } from './database.js';

const MAGIC = 'bolt\n';
const TRAILER_CHARACTERS = 65;

/** A snapshot as one text: what bbolt's magic, its pages and the digest behind them are in reality. */
export function snapshotText(log: readonly Entry[]): string {
  const body = `${MAGIC}${JSON.stringify(log)}\n`;
  return `${body}${sha256(body)}\n`;
}

export function isBolt(text: string): boolean {
  return text.startsWith(MAGIC);
}

export function trailerOf(text: string): 'valid' | 'wrong' | 'absent' {
  const body = text.slice(0, -TRAILER_CHARACTERS);
  const trailer = text.slice(-TRAILER_CHARACTERS);
  if (!/^[0-9a-f]{64}\n$/.test(trailer)) return 'absent';
  return trailer.trim() === sha256(body) ? 'valid' : 'wrong';
}

const logs = new Map<string, readonly Entry[]>();

/** Null when the text is not a whole snapshot. */
export function logIn(text: string): readonly Entry[] | null {
  const digest = sha256(text);
  const found = logs.get(digest);
  if (found !== undefined) return found;
  if (trailerOf(text) !== 'valid') return null;
  const log = JSON.parse(text.slice(MAGIC.length, -TRAILER_CHARACTERS)) as readonly Entry[];
  logs.set(digest, log);
  return log;
}
