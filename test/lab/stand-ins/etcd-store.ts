import { type Agent, request } from 'node:https';
import type { Store, Stored } from './kube-api.js';

const ANSWER_MS_MAX = 5_000;

/** The real etcd behind the API server, through its JSON gateway. */
export function etcdStore(etcd: string, agent: Agent): Store {
  return {
    async range(from, below, limit) {
      const end = `${below.slice(0, -1)}${String.fromCharCode(below.charCodeAt(below.length - 1) + 1)}`;
      const asked = { key: encode(from), range_end: encode(end), limit: String(limit) };
      const { kvs = [], count = '0' } = (await post('/v3/kv/range', asked)) as Ranged;
      const decoded = kvs.map(({ key, value = '' }) => ({
        key: decode(key),
        value: decode(value),
      }));
      return { kvs: decoded, count: Number(count) };
    },
    async put(key, value) {
      await post('/v3/kv/put', { key: encode(key), value: encode(value) });
    },
  };

  function post(path: string, body: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(ANSWER_MS_MAX);
      const asked = request(`${etcd}${path}`, { method: 'POST', agent, signal }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
      });
      asked.on('error', reject);
      asked.end(JSON.stringify(body));
    });
  }
}

interface Ranged {
  readonly kvs?: readonly Stored[];
  readonly count?: string;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
