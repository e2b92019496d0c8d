import type { Diagnostic } from '../core/diagnostic.js';
import { placeText } from '../core/position.js';
import { excerptOf } from './excerpt.js';
import { jsonText } from './json.js';
import { oneLine } from './safe-text.js';

/** Findings for people: place, what is wrong, the line itself with a caret, and what to do. */
export function diagnosticsText(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
): string {
  return inOrder(diagnostics)
    .map((diagnostic) => {
      const { severity, code, message, help, at } = diagnostic;
      const head = `${oneLine(placeText(at))}: ${severity}: ${oneLine(message)} [${code}]`;
      const next = help === undefined ? '' : `\n  help: ${oneLine(help)}`;
      return `${head}${excerpt(diagnostic, texts)}${next}\n`;
    })
    .join('');
}

/** The same for programs: one JSON line each. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[], now: string): string {
  return inOrder(diagnostics)
    .map(({ severity, code, message, help, at }) => {
      const { file, line, column } = at;
      const body = { severity, code, message, help: help ?? null, file, line, column };
      return `${jsonText({ v: 1, at: now, type: 'diagnostic', ...body })}\n`;
    })
    .join('');
}

/** A line that may hold a password is not shown, whatever is wrong with it. */
const NAMES_A_PASSWORD = /pass(w(or)?d|phrase)?["']?\s*[:=]/i;

/** By place; what three hosts inherit from one line is one mistake. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map<string, Diagnostic>();
  for (const one of diagnostics) {
    const key = JSON.stringify([placeText(one.at), one.code, one.message]);
    if (!distinct.has(key)) distinct.set(key, one);
  }
  return [...distinct.values()].sort(
    (a, b) =>
      (a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : 0) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column,
  );
}

function excerpt({ at }: Diagnostic, texts: ReadonlyMap<string, string>): string {
  const text = texts.get(at.file)?.split('\n')[at.line - 1];
  if (text === undefined || text.trim() === '' || NAMES_A_PASSWORD.test(text)) return '';
  const number = String(at.line);
  const { line, indent } = excerptOf(text, at.column);
  const caret = `${' '.repeat(number.length)} | ${' '.repeat(indent)}^`;
  return `\n  ${number} | ${line}\n  ${caret}`;
}
