import { hostOf } from '../etcd/manifest.js';

/** Two ways to write an IPv6 address are one address: `::1` and `0:0:0:0:0:0:0:1`. */
export function sameAddress(a: string, b: string): boolean {
  return canonicalAddress(a) === canonicalAddress(b);
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || sameAddress(address, '::1');
}

/** `https://[fd00::1]:2379` → `fd00::1`; a bare address is itself. */
export function hostIn(url: string): string {
  return hostOf(url) ?? url.trim();
}

function canonicalAddress(text: string): string {
  const address = text.toLowerCase();
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const all = tail === undefined ? before : [...before, ...zeros, ...after];
  return all.map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
