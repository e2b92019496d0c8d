import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { HostShape } from './shape.js';

const ANSWER_MS_MAX = 10_000;
type Json = { readonly [key: string]: unknown };

/**
 * Talks to one member through its JSON gateway, with the health check's client certificate. Numbers of
 * 64 bits come as strings, so that nothing is lost.
 */
export class Gateway {
  private agent: Agent | undefined;

  constructor(private readonly host: HostShape) {}

  async post(path: string, body: Json): Promise<Json> {
    const { status, text } = await this.send('POST', path, JSON.stringify(body));
    if (status === 200) return JSON.parse(text) as Json;
    throw new Error(`${this.host.name} ${path}: ${status} ${text}`);
  }

  /** What /health says: a linearizable read has gone through, and there is no alarm. */
  async isHealthy(): Promise<boolean> {
    const { text } = await this.send('GET', '/health', '');
    return text.includes('"true"');
  }

  async apiserverIsReady(): Promise<boolean> {
    const { status } = await this.send('GET', '/readyz', '', this.host.ports.apiserver);
    return status === 200;
  }

  close(): void {
    this.agent?.destroy();
    this.agent = undefined;
  }

  private send(
    method: string,
    path: string,
    body: string,
    port = this.host.ports.client,
  ): Promise<{ readonly status: number; readonly text: string }> {
    this.agent ??= this.connect();
    const where = { host: this.host.address, port, agent: this.agent, timeout: ANSWER_MS_MAX };
    return new Promise((resolve, reject) => {
      const asked = request({ ...where, method, path }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
      });
      asked.on('error', (problem: NodeJS.ErrnoException) => {
        // The member was restarted since the last question: this connection is the old process's.
        const isStale = asked.reusedSocket && problem.code === 'ECONNRESET';
        if (isStale) this.send(method, path, body, port).then(resolve, reject);
        else reject(problem);
      });
      asked.end(body);
    });
  }

  private connect(): Agent {
    const { name, root, runs } = this.host;
    if (runs === 'etcd') {
      const pem = (file: string) => readFileSync(join(root, 'etc/ssl/etcd/ssl', `${file}.pem`));
      const own = `admin-${name}`;
      return new Agent({ keepAlive: true, ca: pem('ca'), cert: pem(own), key: pem(`${own}-key`) });
    }
    const file = (path: string) => readFileSync(join(root, 'etc/kubernetes/pki', path));
    return new Agent({
      keepAlive: true,
      ca: [file('etcd/ca.crt'), file('ca.crt')],
      cert: file('etcd/healthcheck-client.crt'),
      key: file('etcd/healthcheck-client.key'),
    });
  }
}
