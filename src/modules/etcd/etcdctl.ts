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

/**
 * Its id is etcd's choice, so it is looked for by its peer URLs; where they are not listed nothing is done.
 * Nothing of a value stands in the script: all come through the environment.
 */
const REMOVE = `members=$("$ETCDCTL" member list)
printf '%s\\n' "$members" | while IFS= read -r line; do
  urls=\${line#*, }; urls=\${urls#*, }; urls=\${urls#*, }
  case $urls in "$PEER_URLS, "*) "$ETCDCTL" member remove "\${line%%,*}" ;; esac
done
`;

export function removal(member: MemberFacts, { peer_urls }: MemberFacts): Change {
  const environment = { ...etcdctlEnvironment(member), PEER_URLS: peer_urls.toSorted().join(',') };
  return {
    kind: 'run',
    argv: ['sh', '-eu'],
    script: REMOVE,
    environment,
    timeoutMs: 60_000,
    repeatable: true,
    effects: [{ kind: 'etcd' }],
  };
}
