/** Reads one Python text in quotes where the reading stands; null, and nothing read, when there is none. */
export function readPythonString(reading: { readonly text: string; at: number }): string | null {
  const { text } = reading;
  const opening = /([bB][rR]?|[rR][bB]?|[uU])?('''|"""|'|")/y;
  opening.lastIndex = reading.at;
  const [all, prefix = '', quote = ''] = opening.exec(text) ?? [];
  if (all === undefined) return null;
  const isRaw = /r/i.test(prefix);
  const isBytes = /b/i.test(prefix);
  let at = reading.at + all.length;
  let value = '';
  while (!text.startsWith(quote, at)) {
    const character = text[at];
    if (character === undefined || (isBytes && character > '\x7f')) return null;
    if (character !== '\\') {
      value += character;
      at += 1;
      continue;
    }
    const escaped = isRaw ? rawEscape(text, at) : escapeAt(text, at, isBytes);
    if (escaped === null) return null;
    value += escaped.text;
    at += escaped.length;
  }
  reading.at = at + quote.length;
  return value;
}

interface Escape {
  readonly text: string;
  readonly length: number;
}

const SINGLE = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** In a raw text a backslash stays, and the quote behind it does not close. */
function rawEscape(text: string, at: number): Escape | null {
  const next = text[at + 1];
  return next === undefined ? null : { text: `\\${next}`, length: 2 };
}

function escapeAt(text: string, at: number, isBytes: boolean): Escape | null {
  const next = text[at + 1];
  if (next === undefined) return null;
  const single = SINGLE.get(next);
  if (single !== undefined) return { text: single, length: 2 };
  const [octal] = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4)) ?? [];
  if (octal !== undefined) return coded(Number.parseInt(octal, 8), octal.length + 1, isBytes);
  const digits = next === 'x' ? 2 : isBytes ? 0 : next === 'u' ? 4 : next === 'U' ? 8 : 0;
  // A character by its name (\N{BULLET}) is not known here; any other letter keeps its backslash.
  if (digits === 0) return next === 'N' && !isBytes ? null : { text: `\\${next}`, length: 2 };
  const hexadecimal = text.slice(at + 2, at + 2 + digits);
  if (!/^[0-9a-fA-F]+$/.test(hexadecimal) || hexadecimal.length !== digits) return null;
  return coded(Number.parseInt(hexadecimal, 16), digits + 2, isBytes);
}

function coded(code: number, length: number, isBytes: boolean): Escape | null {
  if (code > 0x10ffff || (isBytes && code > 0x7f)) return null;
  return { text: String.fromCodePoint(code), length };
}
