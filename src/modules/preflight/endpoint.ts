import type { Facts } from './facts.js';

/** The member's own client URL, on loopback when it listens there. */
export function endpointOf({ etcd }: Pick<Facts, 'etcd'>): string {
  const urls = (flag: string) => (etcd?.manifest.flags.get(flag) ?? '').split(',').filter(Boolean);
  const loopback = urls('listen-client-urls').find((url) =>
    /\/\/(127\.0\.0\.1|localhost|\[::1\])/.test(url),
  );
  return loopback ?? urls('advertise-client-urls')[0] ?? 'https://127.0.0.1:2379';
}
