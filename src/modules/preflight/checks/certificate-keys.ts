import type { Finding } from '../../../core/finding.js';
import type { Certificates } from '../../../core/question.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { namedPairs } from '../named-files.js';

/** Does every certificate belong to its key? Public halves are compared; keys stay on the host. */
export function checkCertificateKeys(facts: Facts): readonly Finding[] {
  const { certificates, host } = facts;
  if (certificates === null) return [];
  const findings: Finding[] = [];
  const silent: string[] = [];
  for (const [cert, key] of pairsIn(facts, certificates)) {
    const leaf = certificates.certificates.find((one) => one.path === cert && one.index === 0);
    const its = certificates.keys.find((one) => one.path === key && one.isPrivate);
    if (leaf === undefined || its === undefined) continue;
    if (its.keySha256 === null) silent.push(key);
    else if (its.keySha256 !== leaf.keySha256) {
      const message = `${cert} and ${key} do not belong together`;
      findings.push(found('certificate-key-differs', host, message));
    }
  }
  if (silent.length === 0) return findings;
  const message = certificates.hasOpenssl
    ? `openssl cannot read ${silent.join(', ')}`
    : 'there is no openssl here: keys were not compared with their certificates';
  return [...findings, found('keys-not-compared', host, message, silent.join('\n'))];
}

/** As the manifests pair them, and as kubeadm calls them: NAME.crt and NAME.key. */
function pairsIn(facts: Facts, { certificates }: Certificates): ReadonlyMap<string, string> {
  const alike = certificates
    .filter(({ path }) => path.endsWith('.crt'))
    .map(({ path }): [string, string] => [path, path.replace(/\.crt$/, '.key')]);
  const named = namedPairs(facts).flatMap(({ cert, key }): [string, string][] =>
    key === null ? [] : [[cert, key]],
  );
  return new Map([...alike, ...named]);
}
