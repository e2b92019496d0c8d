import type { Question } from '../../core/question.js';

const bytesMax = 500_000;

/** Where the kernel says which addresses are the host's own. */
export const ADDRESS_QUESTIONS = {
  'addresses 4': { kind: 'read', path: '/proc/net/fib_trie', bytesMax },
  'addresses 6': { kind: 'read', path: '/proc/net/if_inet6', bytesMax },
} as const satisfies { readonly [name: string]: Question };

type Read = { readonly text: string } | null | undefined;

/** Null: the kernel does not say it, or says more than was read. */
export function localAddresses(answers: {
  readonly [name: string]: unknown;
}): readonly string[] | null {
  const trie = (answers['addresses 4'] as Read)?.text;
  const six = (answers['addresses 6'] as Read)?.text ?? '';
  if (trie === undefined || trie.length >= bytesMax || six.length >= bytesMax) return null;
  return [...new Set([...inTrie(trie), ...inTable(six)])];
}

/** `|-- 10.0.0.1` with `/32 host LOCAL` below it. */
function inTrie(text: string): readonly string[] {
  const found = text.matchAll(/\|-- ([0-9.]+)\n\s*\/32 host LOCAL/g);
  return [...found].map(([, address = '']) => address);
}

/** `fd000000000000000000000000000001 02 40 00 80 eth0` */
function inTable(text: string): readonly string[] {
  const found = text.matchAll(/^([0-9a-f]{32}) /gm);
  return [...found].map(([, digits = '']) => (digits.match(/.{4}/g) ?? []).join(':'));
}
