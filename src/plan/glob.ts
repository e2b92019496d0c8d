import type { Shape } from './automaton.js';

const ANYTHING: Shape = { kind: 'one', accepts: () => true };

/** Python's fnmatch: `*`, `?`, `[abc]`, `[a-c]`, `[!abc]`; a `[` that is not closed is itself. */
export function globShape(pattern: string): Shape {
  const characters = [...pattern];
  const parts: Shape[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*') parts.push({ kind: 'repeat', of: ANYTHING, min: 0, max: null });
    else if (character === '?') parts.push(ANYTHING);
    else if (character !== '[') parts.push(exactly(character));
    else {
      // The first character may be a `]` that belongs to the set.
      const from = at + (characters[at + 1] === '!' ? 2 : 1);
      const close = characters.indexOf(']', from + 1);
      if (close < 0) {
        parts.push(exactly('['));
        continue;
      }
      parts.push(setShape(characters.slice(from, close), from === at + 2));
      at = close;
    }
  }
  return { kind: 'sequence', parts: [...parts, { kind: 'end' }] };
}

function exactly(character: string): Shape {
  return { kind: 'one', accepts: (one) => one === character };
}

/** `a-c` is a range, a `-` at an end is itself. */
function setShape(members: readonly string[], isNegated: boolean): Shape {
  const ranges: { readonly from: string; readonly to: string }[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] as string;
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push({ from, to: to ?? from });
    if (to !== undefined) at += 2;
  }
  const isIn = (one: string): boolean => ranges.some(({ from, to }) => from <= one && one <= to);
  return { kind: 'one', accepts: (one) => isIn(one) !== isNegated };
}
