import type { Finding } from '../../../core/finding.js';
import { hostOf } from '../../etcd/manifest.js';
import { sameAddress } from '../address.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

const ANY_OR_LOOPBACK = /^(0\.0\.0\.0|::|127\.[0-9.]+|::1)$/;
const LITERAL = /^([0-9]+(\.[0-9]+){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/;

/** Does the manifest name addresses that are this host's, or will be when it is rewritten? */
export function checkAddresses(facts: Facts): readonly Finding[] {
  return [...ofEtcd(facts), ...ofApiserver(facts)];
}

function ofEtcd({ host, etcd, addresses, moved }: Facts): readonly Finding[] {
  if (addresses === null || etcd === null) return [];
  const foreign = (flag: string): readonly string[] =>
    (etcd.manifest.flags.get(flag) ?? '')
      .split(',')
      .flatMap((url) => hostOf(url) ?? [])
      .filter((name) => LITERAL.test(name) && !ANY_OR_LOOPBACK.test(name))
      .filter((name) => !addresses.some((own) => sameAddress(own, name)));
  const own = addresses.filter((one) => !ANY_OR_LOOPBACK.test(one)).join(' ');
  const evidence = `the host has ${own}`;
  const listens = [...new Set([...foreign('listen-peer-urls'), ...foreign('listen-client-urls')])];
  if (listens.length > 0) {
    const when = moved === null ? 'etcd is to listen' : 'etcd would be told to listen';
    const message = `${when} on ${listens.join(', ')}, which this host does not have`;
    return [found('address-moved', host, message, evidence)];
  }
  const advertised = foreign('initial-advertise-peer-urls');
  if (advertised.length === 0) return [];
  const message = `etcd tells its peers ${advertised.join(', ')}, which this host does not have`;
  return [found('address-not-here', host, message, evidence)];
}

function ofApiserver({ host, moved }: Facts): readonly Finding[] {
  if (moved === null || moved.apiserverFlags.length === 0) return [];
  const message = `the API server’s manifest names the old address ${moved.was}`;
  const evidence = moved.apiserverFlags.map(([flag, value]) => `--${flag}=${value}`).join('\n');
  return [found('apiserver-address-moved', host, message, evidence)];
}
