import type { Change } from '../../core/change.js';
import type { MemberFacts } from './member.js';

/** How a program that changes something reaches the member on its own host. */
export function etcdctlFlags({
  endpoint,
  ca_file,
  cert_file,
  key_file,
}: MemberFacts): readonly string[] {
  return [
    `--endpoints=${endpoint}`,
    `--cacert=${ca_file}`,
    `--cert=${cert_file}`,
    `--key=${key_file}`,
  ];
}

/** A change of the membership: once more it is refused by etcd, or does nothing. */
export function membershipChange(
  member: MemberFacts,
  words: readonly string[],
  timeoutMs: number,
): Change {
  return {
    kind: 'run',
    argv: [member.etcdctl, 'member', ...words, ...etcdctlFlags(member)],
    environment: { ETCDCTL_API: '3' },
    timeoutMs,
    repeatable: true,
    effects: [{ kind: 'etcd' }],
  };
}

/** The same for a script, which has no arguments. */
export function etcdctlEnvironment({
  etcdctl,
  endpoint,
  ca_file,
  cert_file,
  key_file,
}: MemberFacts) {
  return {
    ETCDCTL: etcdctl,
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: endpoint,
    ETCDCTL_CACERT: ca_file,
    ETCDCTL_CERT: cert_file,
    ETCDCTL_KEY: key_file,
  };
}
