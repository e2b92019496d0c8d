import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { namedFiles } from '../named-files.js';

/** Is every file there that a manifest names, and is it what it is named as? */
export function checkCertificateFiles(facts: Facts): readonly Finding[] {
  const { certificates, host } = facts;
  if (certificates === null) return [];
  const named = namedFiles(facts);
  const paths = [...new Set(named.map(({ path }) => path))];
  const namedBy = (path: string) =>
    named
      .filter((one) => one.path === path)
      .map(({ pod, flag }) => `${pod} --${flag}`)
      .join(', ');
  const missing = paths.filter((path) => certificates.missing.includes(path));
  const unreadable = paths.filter((path) => certificates.unreadable.includes(path));
  return [
    ...missing.map((path) =>
      found('certificate-missing', host, `${path} is missing`, `named by ${namedBy(path)}`),
    ),
    ...unreadable.map((path) =>
      found(
        'certificate-unreadable',
        host,
        `${path} holds neither a certificate nor a key`,
        `named by ${namedBy(path)}`,
      ),
    ),
  ];
}
