import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { fileOf } from '../named-files.js';
import { leadsTo } from './certificate-chain.js';

/**
 * Do the kubeconfigs belong to the API server of this host: is whom they let in somebody it knows, and do
 * they know the API server? Their dates are looked at with all others.
 */
export function checkKubeconfigs(facts: Facts): readonly Finding[] {
  const { host, certificates } = facts;
  const all = certificates?.certificates ?? [];
  const at = (path: string | null) => all.filter((one) => one.path === path);
  const clientsCa = fileOf(facts, 'kube-apiserver', 'client-ca-file');
  const serving = fileOf(facts, 'kube-apiserver', 'tls-cert-file');
  const isStrange = (leaf: string | null, roots: string | null): boolean => {
    const [first] = at(leaf);
    const authorities = at(roots);
    return first !== undefined && authorities.length > 0 && !leadsTo(first, authorities, all);
  };
  return (certificates?.kubeconfigs ?? []).flatMap(({ path, client, authority }): Finding[] => {
    const say = (message: string) => [found('kubeconfig-authority', host, `${path} ${message}`)];
    return [
      ...(isStrange(client, clientsCa)
        ? say(`holds a certificate that was not signed by ${clientsCa}`)
        : []),
      ...(isStrange(serving, authority) ? say(`trusts a CA that did not sign ${serving}`) : []),
    ];
  });
}
