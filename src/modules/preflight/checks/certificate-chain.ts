import type { Finding } from '../../../core/finding.js';
import type { Certificate } from '../../../core/question.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { namedPairs } from '../named-files.js';

/** Was every certificate signed by the CA that its manifest names, directly or through others? */
export function checkCertificateChain(facts: Facts): readonly Finding[] {
  const all = facts.certificates?.certificates ?? [];
  return namedPairs(facts).flatMap(({ cert, ca }): Finding[] => {
    const leaf = all.find(({ path, index }) => path === cert && index === 0);
    const roots = all.filter(({ path }) => path === ca);
    if (leaf === undefined || roots.length === 0 || leadsTo(leaf, roots, all)) return [];
    const message = `${cert} was not signed by ${ca}`;
    return [found('certificate-chain', facts.host, message, `its issuer is ${leaf.issuer}`)];
  });
}

export function leadsTo(
  leaf: Certificate,
  roots: readonly Certificate[],
  all: readonly Certificate[],
): boolean {
  const seen = new Set<string>();
  const open = [leaf];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { sha256, signedBy } = one;
    if (roots.some((root) => root.sha256 === sha256 || signedBy.includes(root.sha256))) return true;
    seen.add(sha256);
    open.push(...all.filter((other) => signedBy.includes(other.sha256) && !seen.has(other.sha256)));
  }
  return false;
}
