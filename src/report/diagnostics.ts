import { clean } from '../core/clean.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { placeText } from '../core/position.js';

/** Findings for people: place, what is wrong, the line itself with a caret, and what to do. */
export function diagnosticsText(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
): string {
  return inOrder(diagnostics)
    .map((diagnostic) => {
      const { severity, code, message, help, at } = diagnostic;
      const head = `${placeText(at)}: ${severity}: ${clean(message)} [${code}]`;
      const next = help === undefined ? '' : `\n  help: ${clean(help)}`;
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
      return `${JSON.stringify({ v: 1, at: now, type: 'diagnostic', ...body })}\n`;
    })
    .join('');
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      (a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : 0) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column,
  );
}

function excerpt({ at }: Diagnostic, texts: ReadonlyMap<string, string>): string {
  const line = texts.get(at.file)?.split('\n')[at.line - 1];
  if (line === undefined || line.trim() === '') return '';
  const number = String(at.line);
  const shown = clean(line.replaceAll('\t', ' '));
  const caret = `${' '.repeat(number.length)} | ${' '.repeat(at.column - 1)}^`;
  return `\n  ${number} | ${shown}\n  ${caret}`;
}
