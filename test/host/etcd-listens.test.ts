import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROLLER } from '../../src/core/names.js';
import { HostSession } from '../../src/host/session.js';
import { localTransportWith, shells } from './shells.js';

const signal = new AbortController().signal;

describe.each(await shells())('etcd is asked, in $name,', ({ tools }) => {
  let directory: string;
  let session: HostSession;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'runback-listens-'));
    const text = `#!/bin/sh\ntouch ${directory}/asked\necho 'found 3 leases'\n`;
    writeFileSync(join(directory, 'etcdctl'), text, { mode: 0o755 });
    server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
    const transport = localTransportWith(tools);
    const opened = await HostSession.open({
      host: CONTROLLER,
      transport,
      stateDir: join(directory, 'state'),
    });
    if (!opened.ok) throw new Error(opened.error.message);
    session = opened.value;
  });

  afterEach(async () => {
    session.close();
    await closed();
    rmSync(directory, { recursive: true, force: true });
  });

  const closed = () => new Promise<unknown>((done) => server.close(done));
  const isAsked = () => existsSync(join(directory, 'asked'));

  async function leases(endpoint: string) {
    const access = { etcdctl: join(directory, 'etcdctl'), endpoint };
    const files = { caFile: '/ca', certFile: '/cert', keyFile: '/key' };
    const it = { kind: 'etcd-leases', access: { ...access, ...files } } as const;
    const answers = await session.ask({ it }, signal);
    if (!answers.ok) throw new Error(answers.error.message);
    return answers.value.it;
  }

  it('where it listens', async () => {
    expect(await leases(`https://127.0.0.1:${port}`)).toEqual({ count: 3 });
  });

  it('not where nobody listens on its loopback: etcdctl would try for seconds', async () => {
    await closed();
    const detail = `connection refused: nobody listens on port ${port}`;
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      expect(await leases(`https://${host}:${port}`)).toEqual({ reason: 'failed', detail });
    }
    expect(isAsked()).toBe(false);
  });

  it('on another address than its loopback, whoever listens here', async () => {
    await closed();
    expect(await leases(`https://192.0.2.1:${port}`)).toEqual({ count: 3 });
  });
});
