import { expect, it } from 'vitest';
import { socketPatterns } from '../../src/host/questions/local-address.js';

/** As /proc/net/tcp and tcp6 have them on a little-endian machine. */
it.each([
  ['127.0.0.1', ['0100007F:094B', '0000000000000000FFFF00000100007F:094B', '00000000:094B']],
  ['::1', ['00000000000000000000000001000000:094B', '00000000000000000000000000000000:094B']],
  ['fd00:10::b', ['100000FD0000000000000000' + '0B000000:094B']],
])('%s is looked for as itself, and as all addresses', (address, patterns) => {
  expect(socketPatterns({ address, port: 2379 })).toEqual(expect.arrayContaining(patterns));
});

it.each(['', '0.0.0.0', '::', 'localhost'])('%j is anybody on that port', (address) => {
  expect(socketPatterns({ address, port: 6443 })).toEqual(['*:192B']);
});
