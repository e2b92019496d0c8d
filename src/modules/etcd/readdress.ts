import Type from 'typebox';
import { sameAddress } from '../preflight/address.js';
import { withAddress } from './edit-manifest.js';
import { hostOf, type PodManifest } from './manifest.js';

/** The argument of what reads a manifest that may name an address which its host no longer has. */
export const newAddressesArgument = Type.Optional(
  Type.Record(Type.String(), Type.String({ pattern: '^[0-9A-Fa-f:.]+$' }), {
    description:
      'Hosts with another address than their manifest of etcd names, and the one that they have now: {cp1: 10.0.0.21}.',
  }),
);

export type NewAddresses = { readonly [host: string]: string };

export interface Moved {
  readonly was: string;
  readonly is: string;
}

/** What moves where: only a host that is told a new address, and whose manifest does not name it. */
export function movedTo(
  etcd: PodManifest | null,
  host: string,
  addresses?: NewAddresses,
): Moved | null {
  return movedFlags(etcd?.flags ?? new Map(), host, addresses);
}

export function movedFlags(
  flags: ReadonlyMap<string, string>,
  host: string,
  addresses: NewAddresses = {},
): Moved | null {
  const newAddress = addresses[host];
  const [url = ''] = (flags.get('initial-advertise-peer-urls') ?? '').split(',');
  const was = hostOf(url);
  if (newAddress === undefined || was === null || sameAddress(was, newAddress)) return null;
  return { was, is: newAddress };
}

/** The manifest as it will be, with the new address wherever a flag names the old one. */
export function readdressed<M extends PodManifest>(manifest: M, { was, is }: Moved): M {
  const flags = [...manifest.flags].map(
    ([flag, value]) => [flag, withAddress(value, was, is)] as const,
  );
  return { ...manifest, flags: new Map(flags) };
}

/** The same URLs at the address that was. */
export function formerUrls(urls: readonly string[], { was, is }: Moved): readonly string[] {
  return urls.map((url) => withAddress(url, is, was));
}
