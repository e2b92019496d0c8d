/** As a URL and a `host:port` want it: the colons of an IPv6 address are not the port's. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
