import Type, { type Static } from 'typebox';
import { sameAddress } from '../preflight/address.js';
import { hostOf } from './manifest.js';
import { type BackupRecord, recordedHost } from './record.js';

/** A host that the operator says is down and stays down: `run.without`. */
export const FencedHost = Type.Object({ name: Type.String(), address: Type.String() });
export type FencedHost = Static<typeof FencedHost>;

/** The argument of every module that compares the hosts with what etcd or a manifest lists. */
export const fencedArgument = Type.Optional(
  Type.Array(Type.Unsafe<FencedHost>(FencedHost), {
    description:
      'Hosts that are left out as down, whose members may be missing: ${{ run.without }}.',
  }),
);

interface Listed {
  /** Empty of a member that never started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
}

/**
 * The member of each host that is left out: of its name, at its address, or at the URL that the backup's
 * record has for it. A host of which two members could be is nobody's: what is not known for certain is not
 * accepted as missing.
 */
export function fencedAmong<L extends Listed>(
  listed: readonly L[],
  fenced: readonly FencedHost[],
  record: BackupRecord | null = null,
): ReadonlyMap<FencedHost, L> {
  const found = new Map<FencedHost, L>();
  for (const host of fenced) {
    const [one, ...more] = listed.filter((member) => isOf(member, host, record));
    if (one !== undefined && more.length === 0) found.set(host, one);
  }
  return found;
}

export function isOf(
  { name, peerUrls }: Listed,
  host: FencedHost,
  record: BackupRecord | null,
): boolean {
  if (name === host.name) return true;
  const recorded = recordedHost(record, host.name, host.address)?.peer_urls ?? [];
  return peerUrls.some((url) => {
    const address = hostOf(url);
    return recorded.includes(url) || (address !== null && sameAddress(address, host.address));
  });
}

/** `cp3 is left out`, for messages. */
export function leftOutText(fenced: readonly FencedHost[]): string {
  const names = fenced.map(({ name }) => name).join(', ');
  return `${names} ${fenced.length === 1 ? 'is' : 'are'} left out`;
}

/** How many members may still be lost. */
export function bearsText(members: number, quorum: number): string {
  const more = members - quorum;
  if (more <= 0) return 'no further loss is borne';
  return `the loss of ${more} more is borne`;
}

export function quorumOf(members: number): number {
  return Math.floor(members / 2) + 1;
}
