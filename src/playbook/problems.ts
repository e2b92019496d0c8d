import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Json, JsonObject } from '../core/json.js';
import type { YamlDocument } from '../core/yaml.js';
import { durationMs } from './duration.js';
import { ANSIBLE_WORDS } from './keywords.js';

/** Collects what is wrong with one document, each at its place. */
export class Problems {
  constructor(
    readonly document: YamlDocument,
    readonly list: Diagnostic[] = [],
  ) {}

  /** The same list, for values that are not written where their reader looks for them. */
  moved(moves: ReadonlyMap<string, string>): Problems {
    if (moves.size === 0) return this;
    const real = (pointer: string): string => {
      for (const [from, to] of moves) {
        if (pointer === from || pointer.startsWith(`${from}/`))
          return to + pointer.slice(from.length);
      }
      return pointer;
    };
    const { document } = this;
    const moved: YamlDocument = {
      ...document,
      at: (pointer) => document.at(real(pointer)),
      keyAt: (pointer) => document.keyAt(real(pointer)),
      within: (pointer, offset) => document.within(real(pointer), offset),
    };
    return new Problems(moved, this.list);
  }

  at(pointer: string, code: string, message: string, help: string): void {
    this.list.push({
      severity: 'error',
      code,
      message,
      help,
      at: this.document.at(pointer),
    });
  }

  atKey(pointer: string, code: string, message: string, help: string): void {
    this.list.push({
      severity: 'error',
      code,
      message,
      help,
      at: this.document.keyAt(pointer),
    });
  }

  /** One finding for a word that is not known here. */
  unknownKeyword(pointer: string, word: string, owner: string, known: readonly string[]): void {
    const near = closest(word, known);
    const others = near === null ? `${owner} knows: ${known.join(', ')}` : `did you mean ${near}?`;
    const help = ANSIBLE_WORDS.get(word) ?? others;
    this.atKey(pointer, 'unknown-keyword', `${owner} has no keyword «${word}»`, help);
  }

  notYet(pointer: string, word: string): void {
    const message = `«${word}» is not supported yet by this version`;
    this.atKey(pointer, 'not-yet', message, 'leave it out; docs/playbooks.md lists what there is');
  }

  text(pointer: string, value: Json | undefined, what: string): string | null {
    if (typeof value === 'string') return value;
    if (value !== undefined)
      this.at(pointer, 'wrong-type', `${what} is not a text`, 'write a text');
    return null;
  }

  flag(pointer: string, value: Json | undefined, what: string, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    this.at(pointer, 'wrong-type', `${what} is neither true nor false`, 'write true or false');
    return fallback;
  }

  /** A whole number that is written, `least` or more. */
  count(pointer: string, value: Json, what: string, least: number, help: string): number | null {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    const bound = least === 0 ? '' : `, ${least} or more`;
    this.at(pointer, 'wrong-value', `${what} is not a whole number${bound}`, help);
    return null;
  }

  durationMs(pointer: string, value: Json, what: string, leastMs: number): number | null {
    const isWritten = typeof value === 'string' || typeof value === 'number';
    const ms = isWritten ? durationMs(value) : null;
    if (ms !== null && ms >= leastMs) return ms;
    this.at(pointer, 'wrong-value', `${what} is not a duration`, 'write 90s, 5m or 1h30m');
    return null;
  }
}

/** The value of a keyword, or of the unknown word that was probably meant: one slip is told once. */
export function meant(body: JsonObject, word: string, known: readonly string[]): Json | undefined {
  if (word in body) return body[word];
  const slip = Object.keys(body).find(
    (one) => !known.includes(one) && closest(one, known) === word,
  );
  return slip === undefined ? undefined : body[slip];
}

export function isMap(value: Json | undefined): value is JsonObject {
  return (
    value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value)
  );
}
