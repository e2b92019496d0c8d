import type { EtcdAccess } from '../../core/question.js';
import type { Asked } from './asked.js';
import { look } from './waiting.js';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * etcdctl tries a closed port for five seconds, at each question again: with production down that is half
 * a minute. Where its endpoint is on this host's loopback, and nobody listens there, it is not begun.
 */
export function whereItListens({ endpoint }: EtcdAccess, asked: Asked): Asked {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !LOOPBACK.includes(url.hostname) || url.port === '') return asked;
  const script = [
    look({ processes: [], ports: [{ address: '', port: Number(url.port) }] }),
    `[ -n "$seen" ] || { echo "connection refused: nobody listens on port ${Number(url.port)}"; exit 1; }`,
    asked.script,
  ];
  return { ...asked, script: script.join('\n') };
}
