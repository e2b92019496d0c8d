import { sha256 } from '../core/hash.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';

export const JOURNAL_VERSION = 1;

/** What every line holds besides the record itself. */
interface Envelope {
  readonly v: number;
  readonly seq: number;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** SHA-256 of the line before, without its line break; 64 zeros for the first. */
  readonly prev: string;
  readonly body: RecordBody;
}

export const BEFORE_FIRST = '0'.repeat(64);

/** Where a chain ends: what the next line must carry on from. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

export function lineOf(body: RecordBody, at: string, end: ChainEnd): string {
  const envelope: Envelope = { v: JOURNAL_VERSION, seq: end.seq, at, prev: end.hash, body };
  return JSON.stringify(envelope);
}

export function endAfter(line: string, end: ChainEnd): ChainEnd {
  return { seq: end.seq + 1, hash: sha256(line) };
}

export interface ReadChain {
  readonly records: readonly RecordBody[];
  readonly end: ChainEnd;
  /** Bytes of the text that are whole lines; what is behind them is a torn tail. */
  readonly soundBytes: number;
  readonly tornTail: string;
}

/**
 * Reads a journal back. A last line without a line break is a torn tail: its record was never promised
 * to anybody. Every other damage is refused, with the number of the line.
 */
export function readChain(text: string): Result<ReadChain, string> {
  const lines = text.split('\n');
  const tornTail = lines.pop() ?? '';
  const records: RecordBody[] = [];
  let end: ChainEnd = { seq: 1, hash: BEFORE_FIRST };
  for (const [index, line] of lines.entries()) {
    const envelope = parseEnvelope(line);
    const where = `line ${index + 1}`;
    if (envelope === null) return err(`${where} is not a record`);
    if (envelope.v > JOURNAL_VERSION) return err(`${where} was written by a newer runback`);
    if (envelope.seq !== end.seq) return err(`${where} has number ${envelope.seq}, not ${end.seq}`);
    if (envelope.prev !== end.hash) return err(`${where} does not follow from the line before`);
    records.push(envelope.body);
    end = endAfter(line, end);
  }
  const soundBytes = Buffer.byteLength(text, 'utf8') - Buffer.byteLength(tornTail, 'utf8');
  return ok({ records, end, soundBytes, tornTail });
}

function parseEnvelope(line: string): Envelope | null {
  try {
    const value: unknown = JSON.parse(line);
    if (value === null || typeof value !== 'object') return null;
    const { v, seq, prev, body } = value as Partial<Envelope>;
    const isWhole = typeof v === 'number' && typeof seq === 'number' && typeof prev === 'string';
    return isWhole && typeof body?.type === 'string' ? (value as Envelope) : null;
  } catch {
    return null;
  }
}
