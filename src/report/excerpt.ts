import { oneLine } from './safe-text.js';

/** A line of a text with the column that is meant: as much of it as fits a terminal, made harmless. */
export interface Excerpt {
  readonly line: string;
  /** Characters before the caret. */
  readonly indent: number;
}

const charactersMax = 100;
const charactersBefore = 60;

export function excerptOf(line: string, column: number): Excerpt {
  const from = line.length <= charactersMax ? 0 : Math.max(0, column - 1 - charactersBefore);
  const shown = line.slice(from, from + charactersMax);
  const head = from > 0 ? '…' : '';
  const tail = from + charactersMax < line.length ? '…' : '';
  const before = shown.slice(0, Math.max(0, column - 1 - from));
  // Unsafe characters take more room when they are shown: the caret moves with them.
  return { line: `${head}${safe(shown)}${tail}`, indent: head.length + safe(before).length };
}

function safe(text: string): string {
  return oneLine(text.replace(/\r$/, '').replaceAll('\t', ' '));
}
