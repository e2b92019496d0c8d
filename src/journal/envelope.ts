import { sha256 } from '../core/hash.js';
import type { RecordBody } from '../core/record.js';

/** Raised when a record changes its shape; old-versions.ts reads what was written before. */
export const JOURNAL_VERSION = 3;

/** What every line holds besides the record itself. */
export interface Envelope {
  readonly v: number;
  readonly seq: number;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** SHA-256 of the line before, without its line break; 64 zeros for the first. */
  readonly prev: string;
  readonly body: RecordBody;
}

export type Opened =
  | { readonly kind: 'record'; readonly envelope: Envelope }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged'; readonly what: string };

const SEAL = /^(\{"v":([0-9]{1,9}),.*),"sha256":"([0-9a-f]{64})"\}$/s;

/**
 * One line. `sha256`, the last member, is over the line as it reads without it: `prev` protects every
 * line but the last, and the last one is what a rollback decides on.
 */
export function sealed(envelope: Envelope): string {
  const { v, seq, at, prev, body } = envelope;
  const text = JSON.stringify({ v, seq, at, prev, body });
  return `${text.slice(0, -1)},"sha256":"${sha256(text)}"}`;
}

export function openEnvelope(line: string): Opened {
  const [, text, version, seal] = SEAL.exec(line) ?? [];
  if (text === undefined) return { kind: 'damaged', what: 'it is not a record' };
  if (sha256(`${text}}`) !== seal) {
    return { kind: 'damaged', what: 'it is not as it was written (its SHA-256 differs)' };
  }
  // The seal holds in every version, so that a newer journal is told from a damaged one.
  if (Number(version) > JOURNAL_VERSION) return { kind: 'newer', version: Number(version) };
  return { kind: 'record', envelope: JSON.parse(`${text}}`) as Envelope };
}
