import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ApiAnswer, ApiRequest } from './kube-api.js';

interface Served {
  readonly host?: string;
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  /** Who may be asked for a certificate, and what else there is to be had. */
  readonly api?: {
    readonly clientCa: string;
    readonly answer: (request: ApiRequest) => Promise<ApiAnswer>;
  };
}

type Health = (path: string) => string | undefined;

/** As a component does: one that cannot have its port ends. */
export function serve(where: Served, health: Health): void {
  const server = makeServer(where, health);
  server.on('error', (problem) => {
    console.error(String(problem));
    process.exit(1);
  });
  server.listen(where.port, where.host);
  process.on('SIGTERM', () => process.exit(0));
}

/** Answers the health addresses of a control plane component, and its API where it has one. */
export function makeServer(where: Omit<Served, 'port'>, health: Health): Server {
  const { api } = where;
  const asks =
    api === undefined
      ? {}
      : { requestCert: true, rejectUnauthorized: false, ca: readFileSync(api.clientCa) };
  const tls = { cert: readFileSync(where.cert), key: readFileSync(where.key), ...asks };
  return createServer(tls, (request, answer) => {
    const path = (request.url ?? '/').split('?')[0] as string;
    if (['/livez', '/readyz', '/healthz'].includes(path)) {
      const problem = health(path);
      answer.writeHead(problem === undefined ? 200 : 500).end(problem ?? 'ok');
    } else if (api === undefined) answer.writeHead(404).end('not found\n');
    else {
      received(request)
        .then(api.answer)
        .then(
          ({ status, body }) =>
            answer.writeHead(status, { 'Content-Type': 'application/json' }).end(body),
          (problem) => answer.writeHead(500).end(`${String(problem)}\n`),
        );
    }
  });
}

async function received(request: IncomingMessage): Promise<ApiRequest> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { method = 'GET', url = '/', headers } = request;
  return {
    method,
    url,
    accept: headers.accept ?? '',
    userAgent: headers['user-agent'] ?? '',
    client: clientOf(request.socket as TLSSocket),
    body: Buffer.concat(parts).toString(),
  };
}

/** The common name is the user's, and each organization a group of it. */
function clientOf(socket: TLSSocket): ApiRequest['client'] {
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return null;
  const { CN, O } = subject as { CN?: string; O?: string | string[] };
  const groups = O === undefined ? [] : [O].flat();
  return { name: CN ?? '', groups, isTrusted: socket.authorized };
}
