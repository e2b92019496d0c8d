import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Json, JsonObject } from '../core/json.js';
import type { YamlDocument } from '../core/yaml.js';

/** Collects what is wrong with one document, each at its place. */
export class Problems {
  readonly list: Diagnostic[] = [];

  constructor(readonly document: YamlDocument) {}

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
    const help = near === null ? `${owner} knows: ${known.join(', ')}` : `did you mean ${near}?`;
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
}

export function isMap(value: Json | undefined): value is JsonObject {
  return (
    value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value)
  );
}
