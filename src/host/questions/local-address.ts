import { isIPv4, isIPv6 } from 'node:net';
import type { ListeningPort } from '../../core/question.js';

const ANY_V4 = '00000000';
const ANY_V6 = ANY_V4.repeat(4);
const MAPPED_V4 = '0000000000000000FFFF0000';

/** What sh compares the second field of /proc/net/tcp and tcp6 with: is this listener there? */
export function socketPatterns({ address, port }: ListeningPort): readonly string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const own = isIPv4(address) ? v4Words(address) : isIPv6(address) ? v6Words(address) : null;
  if (own === null || /^0+$/.test(own)) return [`*:${hexPort}`];
  const addresses = isIPv4(address) ? [own, `${MAPPED_V4}${own}`, ANY_V4, ANY_V6] : [own, ANY_V6];
  return addresses.map((words) => `${words}:${hexPort}`);
}

function v4Words(address: string): string {
  return word(address.split('.').map(Number));
}

/** Any way of writing it: `::1`, `fd00:0:0::1`, `::ffff:192.0.2.1`. */
function v6Words(address: string): string {
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = groups.split('::');
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map((one) => Number.parseInt(one, 16));
  const [before, after] = [numbers(head), numbers(tail ?? '')];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  const bytes = [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
  return [0, 4, 8, 12].map((at) => word(bytes.slice(at, at + 4))).join('');
}

/** The kernel prints each 32 bits in the machine's own order (little-endian). */
function word(bytes: readonly number[]): string {
  return bytes
    .toReversed()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}
