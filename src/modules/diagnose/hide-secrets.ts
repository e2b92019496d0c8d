/**
 * Takes what opens doors out of logs and manifests before they leave the host's answer: what is collected is
 * sent to other people. What is hidden by mistake costs a word; what is shown by mistake costs a cluster.
 */
export function hideSecrets(text: string): string {
  return RULES.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
}

export const HIDDEN = '«hidden»';

const RULES: readonly (readonly [RegExp, string])[] = [
  // A key in PEM; cut off at either end as well, since the end of a log begins anywhere.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/^[A-Za-z0-9+/=\n\r]*-----END [A-Z ]*PRIVATE KEY-----/g, HIDDEN],
  [/\b(client-key-data|token|tokenFile-data)(: *)[A-Za-z0-9._~+/=-]{8,}/g, `$1$2${HIDDEN}`],
  [/\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  // JSON web tokens; their middle part is not needed to know one.
  [/\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,2}/g, HIDDEN],
  // kubeadm's bootstrap tokens.
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, HIDDEN],
  [/([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"]{0,100}):[^\s:/@"]{1,200}@/gi, `$1:${HIDDEN}@`],
  // NAME=VALUE, NAME: VALUE and --NAME VALUE of what is called like a secret; a file's path is none.
  [
    /((?:password|passwd|passphrase|secret|(?<!cluster-)token|apikey|api-key|access-key)["\\]{0,3}[=:] ?["\\]{0,3})(?![/\s"\\]|true|false)[^\s"\\,}&]{1,2000}/gi,
    `$1${HIDDEN}`,
  ],
  [
    /(--[a-z-]{0,40}(?:password|secret|(?<!cluster-)token) )(?![-/])[^\s"]{1,2000}/gi,
    `$1${HIDDEN}`,
  ],
  // A variable of a manifest, called so, and the value in its next line.
  [
    /(name: *["']?[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIALS)[A-Z0-9_]*["']? *\r?\n *value: *)[^\n]{1,2000}/g,
    `$1${HIDDEN}`,
  ],
];
