import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { quote } from '../../core/argv.js';
import type { Certificate, Certificates, KeyFile, Kubeconfig } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';
import { kubeconfigIn, kubeconfigLines } from './kubeconfigs.js';

const filesMax = 200;

/**
 * Sends over certificates and public keys as they lie there. Of a private key only the digest of its public
 * half is made, on the host, by openssl: the key itself never leaves it.
 */
export function certificates(paths: readonly string[], kubeconfigs: readonly string[] = []): Asked {
  const script = [
    'openssl version >/dev/null 2>&1 && echo openssl',
    "printf '\\0'",
    // Private keys are taken out first: behind a certificate that is cut off one would be shown with it.
    'public() {',
    "  sed '/-----BEGIN [A-Z ]*PRIVATE KEY-----/,/-----END/d' |",
    "    sed -n '/-----BEGIN [A-Z ]*CERTIFICATE-----/,/-----END/p; /-----BEGIN [A-Z ]*PUBLIC KEY-----/,/-----END/p' |",
    "    tr -d '\\000'",
    '}',
    'n=0',
    'seen="\n"',
    'one() {',
    '  case $seen in *"\n$1\n"*) return 0 ;; esac',
    '  seen="$seen$1\n"',
    `  n=$((n + 1)); [ $n -le ${filesMax} ] || return 0`,
    '  printf \'%s\\0\' "$1"',
    '  public <"$1"',
    "  printf '\\0'",
    '  if grep -q -e "-----BEGIN [A-Z ]*PRIVATE KEY-----" <"$1"; then',
    '    printf "private "',
    '    if s=$(openssl pkey -in "$1" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | sha256sum); then',
    '      printf %s "${s%% *}"',
    '    fi',
    '  fi',
    "  printf '\\0'",
    '}',
    `for p in ${paths.map(quote).join(' ')}; do`,
    '  if [ -d "$p" ]; then',
    '    for f in "$p"/*.crt "$p"/*.pem "$p"/*.key "$p"/*.pub "$p"/*/*.crt "$p"/*/*.pem "$p"/*/*.key "$p"/*/*.pub; do',
    '      [ ! -f "$f" ] || one "$f"',
    '    done',
    '  elif [ -f "$p" ]; then one "$p"',
    '  fi',
    'done',
    ...(kubeconfigs.length === 0 ? [] : kubeconfigLines(kubeconfigs)),
  ].join('\n');
  return { script, parse: (part) => parseFiles(part, paths) };
}

/** The digest of nothing: what a pipe gives when openssl could not read the key. */
const EMPTY_SHA256 = createHash('sha256').update('').digest('hex');

interface SeenFile {
  readonly path: string;
  readonly pem: string;
  readonly key: string;
}

function parseFiles({ output }: Part, paths: readonly string[]): Certificates {
  const [head = '', ...words] = output.toString('utf8').split('\0');
  const files: SeenFile[] = [];
  const kubeconfigs: Kubeconfig[] = [];
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [path = '', pem = '', key = ''] = words.slice(at, at + 3);
    const kubeconfig = kubeconfigIn(path, pem, key);
    if (kubeconfig !== null) kubeconfigs.push(kubeconfig);
    else if (!files.some((file) => file.path === path)) files.push({ path, pem, key });
  }
  const read = files.map((file) => ({ path: file.path, blocks: blocksOf(file.pem) }));
  const parsed = read.flatMap(({ path, blocks }) =>
    blocks.flatMap((block, index) => {
      const x509 = certificateIn(block);
      return x509 === null ? [] : [{ path, index, x509 }];
    }),
  );
  const keys = files.flatMap(keysIn);
  const hasContent = new Set([...parsed, ...keys].map(({ path }) => path));
  const isIn = (path: string) => files.some((file) => file.path.startsWith(`${path}/`));
  return {
    hasOpenssl: head.includes('openssl'),
    certificates: parsed.map((one) => described(one, parsed)),
    kubeconfigs,
    keys,
    missing: paths.filter((path) => !files.some((file) => file.path === path) && !isIn(path)),
    unreadable: files.map(({ path }) => path).filter((path) => !hasContent.has(path)),
  };
}

interface Parsed {
  readonly path: string;
  readonly index: number;
  readonly x509: X509Certificate;
}

function described({ path, index, x509 }: Parsed, all: readonly Parsed[]): Certificate {
  const names = (x509.subjectAltName ?? '').split(', ');
  const named = (prefix: string) =>
    names.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  return {
    path,
    index,
    subject: oneText(x509.subject),
    issuer: oneText(x509.issuer),
    notBeforeMs: Date.parse(x509.validFrom),
    notAfterMs: Date.parse(x509.validTo),
    dnsNames: named('DNS:'),
    ipAddresses: named('IP Address:'),
    isAuthority: x509.ca,
    sha256: fingerprint(x509),
    keySha256: digestOf(x509.publicKey),
    signedBy: [
      ...new Set(all.filter((one) => signs(one.x509, x509)).map((one) => fingerprint(one.x509))),
    ],
  };
}

function signs(authority: X509Certificate, certificate: X509Certificate): boolean {
  if (authority.subject !== certificate.issuer) return false;
  try {
    return certificate.verify(authority.publicKey);
  } catch {
    return false; // Another kind of key than the signature's.
  }
}

function keysIn({ path, pem, key }: SeenFile): readonly KeyFile[] {
  const open = blocksOf(pem).flatMap((block): KeyFile[] => {
    if (!block.includes('PUBLIC KEY')) return [];
    return [{ path, isPrivate: false, keySha256: publicDigest(block) }];
  });
  if (!key.startsWith('private')) return open;
  const sum = key.slice('private '.length);
  const keySha256 = /^[0-9a-f]{64}$/.test(sum) && sum !== EMPTY_SHA256 ? sum : null;
  return [...open, { path, isPrivate: true, keySha256 }];
}

function blocksOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
}

function certificateIn(block: string): X509Certificate | null {
  if (!block.includes('CERTIFICATE')) return null;
  try {
    return new X509Certificate(block);
  } catch {
    return null;
  }
}

function publicDigest(block: string): string | null {
  try {
    return digestOf(createPublicKey(block));
  } catch {
    return null;
  }
}

function digestOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function fingerprint(x509: X509Certificate): string {
  return createHash('sha256').update(x509.raw).digest('hex');
}

/** node writes one part a line. */
function oneText(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
