import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

const API = 'kube-apiserver';
/** The kernel keeps 15 characters of a process's name. */
const nameLengthMax = 15;

/** Who else listens where the API server does: "the port is closed" would never become true. */
export function checkApiPort({ host, apiserver, sockets }: Facts): readonly Finding[] {
  if (apiserver === null) return [];
  const port = Number(apiserver.manifest.flags.get('secure-port') ?? 6_443);
  const others = sockets.filter(
    ({ state, localPort, process }) =>
      state === 'listening' &&
      localPort === port &&
      process !== null &&
      process !== API.slice(0, nameLengthMax),
  );
  const names = [...new Set(others.map(({ process }) => process))];
  if (names.length === 0) return [];
  const message = `${names.join(', ')} listens on port ${port}, as the API server does`;
  const where = others.map(({ localAddress, process }) => `${process} on ${localAddress}:${port}`);
  return [found('api-port-shared', host, message, where.join('\n'))];
}
