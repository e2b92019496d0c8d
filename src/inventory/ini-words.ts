import { err, ok, type Result } from '../core/result.js';

/** One word of a host line, its quotes taken off, and where it begins in the line. */
export interface Word {
  readonly text: string;
  readonly offset: number;
}

/**
 * Splits a host line as Ansible's INI reader does, which is the POSIX shell's way: quotes, backslashes,
 * and `#` begins a comment, in the middle of a word too. The error is a sentence.
 */
export function iniWords(line: string): Result<readonly Word[], string> {
  const words: Word[] = [];
  let word: { text: string; readonly offset: number } | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (quote === null && character === '#') break;
    if (quote === null && /[ \t\r\n]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word ??= { text: '', offset: at };
    if (character === quote) quote = null;
    else if (quote === null && (character === '"' || character === "'")) quote = character;
    else if (character === '\\' && quote !== "'") {
      at += 1;
      const escaped = line[at];
      if (escaped === undefined) return err('a backslash stands at the end');
      // Between double quotes a backslash means itself, except before a quote or a backslash.
      const isKept = quote === '"' && escaped !== '"' && escaped !== '\\';
      word.text += isKept ? `\\${escaped}` : escaped;
    } else word.text += character;
  }
  if (quote !== null) return err(`a quote (${quote}) is not closed`);
  return ok(word === null ? words : [...words, word]);
}
