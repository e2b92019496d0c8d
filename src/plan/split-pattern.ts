/**
 * The parts of a pattern. With a comma in it, commas alone part; else colons do, but neither those of an
 * address or a port nor those in brackets. Ansible's own rules, which are about the look of names; but a
 * bracket that Ansible would drop without a word gives null.
 */
export function splitPattern(pattern: string): readonly string[] | null {
  const outside = pattern.replace(/\[[^\]]*\]/g, '');
  if (!pattern.includes(',') && /[[\]]/.test(outside)) return null;
  const parts = pattern.includes(',')
    ? pattern.split(',')
    : isOneName(pattern)
      ? [pattern]
      : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const RANGE = '\\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\\]';
const LABEL = `(?:[\\p{L}\\p{N}_]|${RANGE})(?:[\\p{L}\\p{N}_-]|${RANGE})*(?<![_-])`;
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'iu');
const PART = '(?:[0-9a-f]{1,4}|\\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\\])';
/** The begin of an IPv6 address is enough for Ansible. */
const ADDRESS = new RegExp(`^(?:(?:${PART}:){1,6}:|${PART}?::|(?:${PART}:){7}${PART})`, 'i');
const nameCharactersMax = 1_000;

/** A name or an address, perhaps with a port behind it. */
function isOneName(pattern: string): boolean {
  if (pattern.length > nameCharactersMax) return false;
  const [, inBrackets] = /^\[(.+)\]:[0-9]+$/.exec(pattern) ?? [];
  const [, beforePort] = /^((?:[^:[\]]|\[[^\]]*\])*):[0-9]+$/.exec(pattern) ?? [];
  const name = inBrackets ?? beforePort ?? pattern;
  return HOST_NAME.test(name) || ADDRESS.test(name);
}
