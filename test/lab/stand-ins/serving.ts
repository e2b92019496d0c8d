import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

/** Answers the health addresses of a control plane component; any other address is not there. */
export function serve(
  where: {
    readonly host?: string;
    readonly port: number;
    readonly cert: string;
    readonly key: string;
  },
  health: (path: string) => string | undefined,
): void {
  const tls = { cert: readFileSync(where.cert), key: readFileSync(where.key) };
  const server = createServer(tls, (request, answer) => {
    const path = (request.url ?? '/').split('?')[0] as string;
    if (!['/livez', '/readyz', '/healthz'].includes(path)) answer.writeHead(404).end('not found\n');
    else {
      const problem = health(path);
      answer.writeHead(problem === undefined ? 200 : 500).end(problem ?? 'ok');
    }
  });
  server.on('error', (problem) => {
    console.error(String(problem));
    process.exit(1);
  });
  server.listen(where.port, where.host);
  process.on('SIGTERM', () => process.exit(0));
}
