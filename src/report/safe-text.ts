import { clean } from '../core/clean.js';

/** A line that is longer was not written for people. */
const charactersMax = 400;
const linesMax = 20;

/** Text that must stay one line, whatever a host put into it: line breaks and tabs become visible. */
export function oneLine(text: string): string {
  const shown = clean(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  if (shown.length <= charactersMax) return shown;
  const rest = shown.length - charactersMax;
  // Half of a character outside the basic plane would be drawn as an error.
  const head = shown.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, '');
  return `${head}… (${rest} more characters)`;
}

/** The last lines of what a tool said: the end is where the reason stands. */
export function lastLines(text: string): readonly string[] {
  const lines = text
    .replace(/\r\n/g, '\n')
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => oneLine(line.replaceAll('\t', '  ')));
  if (lines.length <= linesMax) return lines;
  const left = lines.length - linesMax;
  return [`… (${left} lines before)`, ...lines.slice(-linesMax)];
}
