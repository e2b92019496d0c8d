import { sha256 } from '../core/hash.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { type Envelope, JOURNAL_VERSION, openEnvelope, sealed } from './envelope.js';
import { upgraded } from './old-versions.js';

export const BEFORE_FIRST = '0'.repeat(64);

/** Where a chain ends: what the next line must carry on from. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

export const START: ChainEnd = { seq: 1, hash: BEFORE_FIRST };

export function lineOf(body: RecordBody, at: string, end: ChainEnd): string {
  return sealed({ v: JOURNAL_VERSION, seq: end.seq, at, prev: end.hash, body });
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
  /** The hash behind each record, oldest first. */
  readonly hashes: readonly string[];
}

export type Damage =
  | { readonly kind: 'newer'; readonly line: number; readonly version: number }
  | { readonly kind: 'damaged'; readonly line: number; readonly what: string }
  | { readonly kind: 'truncated'; readonly line: number; readonly what: string };

/**
 * Reads a journal back. A last line without a line break is a torn tail: its record was never promised
 * to anybody. Every other damage is refused, with the number of the line.
 */
export function readChain(text: string): Result<ReadChain, Damage> {
  const lines = text.split('\n');
  const tornTail = lines.pop() ?? '';
  const records: RecordBody[] = [];
  const hashes: string[] = [];
  let end = START;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const opened = openEnvelope(text);
    if (opened.kind === 'newer') return err({ kind: 'newer', line, version: opened.version });
    const what = opened.kind === 'damaged' ? opened.what : breakIn(opened.envelope, end);
    if (opened.kind === 'damaged' || what !== null) {
      return err({ kind: 'damaged', line, what: what ?? 'it is not a record' });
    }
    records.push(upgraded(opened.envelope.body, opened.envelope.v));
    end = endAfter(text, end);
    hashes.push(end.hash);
  }
  const soundBytes = Buffer.byteLength(text, 'utf8') - Buffer.byteLength(tornTail, 'utf8');
  return ok({ records, end, soundBytes, tornTail, hashes });
}

/** What is missing of a journal that was closed at this end; null: nothing. */
export function missingBefore(closed: ChainEnd, { end, hashes }: ReadChain): Damage | null {
  const line = closed.seq - 1;
  if (closed.seq > end.seq) {
    const what = `it ends after line ${end.seq - 1}, and had ${line} lines when it was closed`;
    return { kind: 'truncated', line: end.seq - 1, what };
  }
  const isSame = line === 0 || hashes[line - 1] === closed.hash;
  return isSame
    ? null
    : { kind: 'damaged', line, what: 'it is not the line that was written there' };
}

/** Why a sound line is not the next one of its chain. */
function breakIn({ seq, prev, body }: Envelope, end: ChainEnd): string | null {
  if (seq !== end.seq) return `it has the number ${seq}, and ${end.seq} is due`;
  if (prev !== end.hash) return 'it does not follow from the line before';
  if ((body.type === 'run.started') !== (seq === 1)) {
    return seq === 1 ? 'the beginning of the run is missing' : 'the run begins a second time';
  }
  return null;
}
