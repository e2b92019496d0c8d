import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Secret } from '../../core/secret.js';

/** What a file that is named as a key holds. */
export type Identity =
  | { readonly kind: 'open'; readonly key: ParsedKey; readonly publicKey: Buffer }
  /** Encrypted; or only the public half, whose private one an agent may hold. */
  | { readonly kind: 'locked' | 'public'; readonly publicKey: Buffer | null }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unusable'; readonly why: string };

/** OpenSSH's own format, PEM, and PKCS#8; ed25519, ecdsa and RSA. */
export function readIdentity(file: string, passphrase: Secret | null): Identity {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unusable', why: `${code}` };
  }
  const words = passphrase?.reveal();
  const parsed = parse(text, words);
  if (!(parsed instanceof Error)) {
    const publicKey = parsed.getPublicSSH();
    return parsed.isPrivateKey()
      ? { kind: 'open', key: parsed, publicKey }
      : { kind: 'public', publicKey };
  }
  if (!isEncrypted(text)) return { kind: 'unusable', why: parsed.message };
  return { kind: 'locked', publicKey: publicHalf(file, text) };
}

function parse(text: Buffer, passphrase: string | undefined): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(pkcs8AsPem(text, passphrase) ?? text, passphrase);
  // A file may hold several keys; as OpenSSH does, the first is taken.
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
}

/** ssh2 does not read PKCS#8, what `openssl genpkey` writes: node does. */
function pkcs8AsPem(text: Buffer, passphrase: string | undefined): string | null {
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text.toString('latin1'))) return null;
  try {
    const key = createPrivateKey(passphrase === undefined ? text : { key: text, passphrase });
    const isRsa = key.asymmetricKeyType === 'rsa';
    return key.export({ format: 'pem', type: isRsa ? 'pkcs1' : 'sec1' }).toString();
  } catch {
    return null;
  }
}

function isEncrypted(text: Buffer): boolean {
  const plain = text.toString('latin1');
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(plain)) return true;
  const body = opensshBody(plain);
  return body !== null && body.cipher !== 'none';
}

/** A new OpenSSH key carries its public half in the clear; an old one has it in a file beside it. */
function publicHalf(file: string, text: Buffer): Buffer | null {
  const own = opensshBody(text.toString('latin1'));
  if (own !== null) return own.publicKey;
  try {
    const [, base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    return Buffer.from(base64, 'base64');
  } catch {
    return null;
  }
}

interface OpensshBody {
  readonly cipher: string;
  readonly publicKey: Buffer;
}

/** PROTOCOL.key of OpenSSH: a magic, then cipher, kdf, its options, how many keys, the public ones. */
function opensshBody(text: string): OpensshBody | null {
  const [, base64] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text) ?? [];
  if (base64 === undefined) return null;
  const body = Buffer.from(base64, 'base64');
  const magic = 'openssh-key-v1\0';
  if (body.subarray(0, magic.length).toString('latin1') !== magic) return null;
  let at = magic.length;
  const next = (): Buffer => {
    const length = body.readUInt32BE(at);
    at += 4 + length;
    return body.subarray(at - length, at);
  };
  try {
    const cipher = next().toString('latin1');
    next();
    next();
    at += 4;
    return { cipher, publicKey: next() };
  } catch {
    return null;
  }
}
