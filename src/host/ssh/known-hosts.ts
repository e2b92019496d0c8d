import { createHmac } from 'node:crypto';

/** One line of a known_hosts file, see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  readonly marker: 'cert-authority' | 'revoked' | null;
  readonly patterns: string;
  readonly keyType: string;
  /** Base64 of the public key. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked'; readonly entry: KnownHost }
  /** The host has keys of this type in the file, and this is none of them. */
  | { readonly kind: 'changed'; readonly entry: KnownHost };

export function parseKnownHosts(file: string, text: string): readonly KnownHost[] {
  return text.split('\n').flatMap((row, index): KnownHost[] => {
    const words = row.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#') === true) return [];
    const marker = words[0]?.startsWith('@') === true ? words.shift()?.slice(1) : null;
    const [patterns, keyType, key] = words;
    if (patterns === undefined || keyType === undefined || key === undefined) return [];
    const isMarker = marker === 'cert-authority' || marker === 'revoked';
    if (marker !== null && !isMarker) return [];
    const known = isMarker ? marker : null;
    return [{ marker: known, patterns, keyType, key, file, line: index + 1 }];
  });
}

/** Which key types to ask the host for: those that can be verified. */
export function knownKeyTypes(
  entries: readonly KnownHost[],
  address: string,
  port: number,
): readonly string[] {
  const own = plainEntries(entries, address, port);
  const all = own.length > 0 ? own : plainEntries(entries, address, 22);
  return [...new Set(all.map((one) => one.keyType))];
}

/** Whether anything is known of this very name and port. */
export function isListed(entries: readonly KnownHost[], address: string, port: number): boolean {
  return plainEntries(entries, address, port).length > 0;
}

/** True where only an authority vouches for the host: its own key stands nowhere. */
export function needsCertificate(
  entries: readonly KnownHost[],
  address: string,
  port: number,
): boolean {
  if (plainEntries(entries, address, port).length > 0) return false;
  return entries.some((one) => one.marker === 'cert-authority' && matches(one, address, port));
}

export function judge(
  entries: readonly KnownHost[],
  address: string,
  port: number,
  key: Buffer,
): Verdict {
  const base64 = key.toString('base64');
  const revoked = entries.find((one) => one.marker === 'revoked' && one.key === base64);
  if (revoked !== undefined) return { kind: 'revoked', entry: revoked };
  const own = plainEntries(entries, address, port);
  if (own.some((one) => one.key === base64)) return { kind: 'known' };
  // As for OpenSSH: the very key that is known for the name is known on another port of it too.
  const bare = plainEntries(entries, address, 22);
  if (bare.some((one) => one.key === base64)) return { kind: 'known' };
  const other = own.find((one) => one.keyType === keyTypeOf(key));
  return other === undefined ? { kind: 'unknown' } : { kind: 'changed', entry: other };
}

/** The name of its type, with which every public key begins. */
export function keyTypeOf(key: Buffer): string {
  if (key.length < 4) return '';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function plainEntries(
  entries: readonly KnownHost[],
  address: string,
  port: number,
): readonly KnownHost[] {
  return entries.filter((one) => one.marker === null && matches(one, address, port));
}

/** How a host is called in a known_hosts file. */
export function nameOf(address: string, port: number): string {
  const lower = address.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

/** `name` on port 22, `[name]:port` elsewhere; lists, wildcards, negation and hashed names. */
function matches(entry: KnownHost, address: string, port: number): boolean {
  const name = nameOf(address, port);
  if (entry.patterns.startsWith('|1|')) return isHashOf(entry.patterns, name);
  let found = false;
  for (const pattern of entry.patterns.split(',')) {
    const isNegated = pattern.startsWith('!');
    if (!wildcard(isNegated ? pattern.slice(1) : pattern, name)) continue;
    if (isNegated) return false;
    found = true;
  }
  return found;
}

function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = ''] = hashed.split('|');
  return hashOf(name, Buffer.from(salt, 'base64')) === hashed;
}

/** `|1|salt|digest`: a name that can be recognised, but not read. */
export function hashOf(name: string, salt: Buffer): string {
  const digest = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${digest}`;
}

function wildcard(pattern: string, name: string): boolean {
  const escaped = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = escaped.replaceAll(/\*+/g, '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}
