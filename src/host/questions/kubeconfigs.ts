import { quote } from '../../core/argv.js';
import type { Kubeconfig } from '../../core/question.js';

/** Marks what says which certificates are a kubeconfig's; no path begins so. */
const MARK = 'kubeconfig ';
const AUTHORITY = ' certificate-authority-data';
const fieldsMax = 20;

/**
 * Behind `one` and `public` of certificates.ts: of every kubeconfig that is there the certificates that it
 * holds, and those that it names. Of its keys nothing is read.
 */
export function kubeconfigLines(paths: readonly string[]): readonly string[] {
  return [
    'field() {',
    `  sed -n "s/^[- ]*$2: *\\([^ ]*\\).*/\\1/p" <"$1" | head -n ${fieldsMax} | tr -d "\\"'"`,
    '}',
    'inside() {',
    '  printf \'%s\\0\' "$3"',
    // One at a time: behind the padding of one no decoder reads on.
    '  field "$1" "$2" | while IFS= read -r data; do printf %s "$data" | base64 -d 2>/dev/null; echo; done | public',
    "  printf '\\0\\0'",
    '}',
    `for k in ${paths.map(quote).join(' ')}; do`,
    '  [ -f "$k" ] || continue',
    '  client= authority=',
    '  if [ -n "$(field "$k" client-certificate-data)" ]; then',
    '    client=$k; inside "$k" client-certificate-data "$client"',
    '  else client=$(field "$k" client-certificate | head -n 1); fi',
    '  if [ -n "$(field "$k" certificate-authority-data)" ]; then',
    `    authority="$k"${quote(AUTHORITY)}; inside "$k" certificate-authority-data "$authority"`,
    '  else authority=$(field "$k" certificate-authority | head -n 1); fi',
    '  for f in "$client" "$authority"; do',
    '    case $f in "$k"*) ;; /*) [ ! -f "$f" ] || one "$f" ;; esac',
    '  done',
    `  printf '%s\\0%s\\0%s\\0' ${quote(MARK)}"$k" "$client" "$authority"`,
    'done',
  ];
}

/** What stands behind the mark; null for a file of another kind. */
export function kubeconfigIn(head: string, client: string, authority: string): Kubeconfig | null {
  if (!head.startsWith(MARK)) return null;
  const named = (path: string) => (path === '' ? null : path);
  return { path: head.slice(MARK.length), client: named(client), authority: named(authority) };
}
