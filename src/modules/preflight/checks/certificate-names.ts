import type { Finding } from '../../../core/finding.js';
import type { Certificate } from '../../../core/question.js';
import { hostIn, sameAddress } from '../address.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { namedPairs, podOf } from '../named-files.js';

/** Do the serving certificates name what their manifests advertise? */
export function checkCertificateNames(facts: Facts): readonly Finding[] {
  return namedPairs(facts).flatMap(({ pod, serves, cert }): Finding[] => {
    const certificate = leafOf(facts, cert);
    const written = serves === null ? undefined : podOf(facts, pod)?.manifest.flags.get(serves);
    if (certificate === null || written === undefined) return [];
    const missing = written
      .split(',')
      .map(hostIn)
      .filter((name) => !isNamed(name, certificate));
    if (missing.length === 0) return [];
    const message = `${cert} does not name ${missing.join(', ')}, which ${pod} advertises (--${serves})`;
    const names = [...certificate.dnsNames, ...certificate.ipAddresses].join(', ');
    return [found('certificate-names', facts.host, message, `it names ${names}`)];
  });
}

/** The certificate that the file is for: its first. */
function leafOf({ certificates }: Facts, path: string): Certificate | null {
  return certificates?.certificates.find((one) => one.path === path && one.index === 0) ?? null;
}

function isNamed(name: string, { dnsNames, ipAddresses }: Certificate): boolean {
  if (ipAddresses.some((address) => sameAddress(address, name))) return true;
  const parent = name.slice(name.indexOf('.') + 1);
  return dnsNames.some((dns) => dns === name || dns === `*.${parent}`);
}
