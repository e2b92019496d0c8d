import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/core/connection.js';
import type { HostName } from '../../src/core/names.js';
import type { Hosts, Session } from '../../src/core/ports.js';
import { type Lab, live, until, up } from '../lab/index.js';
import { bundleOf, connectionTo, hostsOf, run } from './reach.js';

const signal = new AbortController().signal;
const name = 'cp1' as HostName;

live('a host over ssh', () => {
  let lab: Lab;
  let hosts: Hosts;

  beforeAll(async () => {
    lab = await up({ name: 'sshonly', members: 1, start: 'hosts-only' });
    hosts = hostsWith({});
  });

  afterAll(async () => {
    await hosts?.closeAll();
    await lab?.down();
  });

  function hostsWith(more: Partial<Connection>): Hosts {
    return hostsOf(connectionTo(lab, name, more));
  }

  async function connect(): Promise<Session> {
    const session = await hosts.connect(name, true, signal);
    if (!session.ok) throw new Error(session.error.message);
    return session.value;
  }

  it('answers questions and carries changes out', async () => {
    const session = await connect();
    const answers = await session.ask({ it: { kind: 'stat', path: '/etc/hostname' } }, signal);
    expect(answers).toMatchObject({ ok: true });
    const receipts = await session.carryOut(bundleOf('echo hello'), signal);
    expect(receipts).toMatchObject({
      value: [{ state: 'done', exitCode: 0, stdoutTail: 'hello\n' }],
    });
  });

  it('finishes a step once although its connection was killed, and says so afterwards', async () => {
    const host = lab.host('cp1');
    const session = await connect();
    const bundle = bundleOf(
      'echo started >/tmp/mark; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo once >>/tmp/log',
    );
    const lost = session.carryOut(bundle, signal);
    await until('the step to run', 10_000, async () => {
      const seen = await host.run(['cat', '/tmp/mark']);
      return seen.code === 0 ? seen : undefined;
    });
    for (const { pid } of host.sshSessions()) process.kill(pid, 'SIGKILL');
    expect(await lost).toMatchObject({ ok: false, error: { kind: 'unreachable' } });

    const again = await connect();
    const ids = bundle.items.map((item) => item.id);
    const running = await again.settle(run, null, ids, signal);
    expect(running).toMatchObject({ value: [{ state: 'running' }] });
    await host.run(['touch', '/tmp/go']);
    const done = await until('the step to end', 10_000, async () => {
      const settled = await again.settle(run, null, ids, signal);
      if (!settled.ok) throw new Error(settled.error.message);
      return settled.value[0]?.state === 'done' ? settled.value[0] : undefined;
    });
    expect(done).toMatchObject({ state: 'done', exitCode: 0 });
    expect((await host.run(['cat', '/tmp/log'])).stdout).toBe('once\n');
  });

  it('is not entered with a key that it does not know', async () => {
    const other = hostsWith({ identityFiles: [`${lab.dir}/keys/cp1_ssh_host_ed25519_key`] });
    const refused = await other.connect(name, true, signal);
    expect(refused).toMatchObject({ ok: false, error: { kind: 'login-refused' } });
  });

  it('is not entered with a key file that is missing, and the file is named', async () => {
    const other = hostsWith({ identityFiles: ['/nowhere/id'] });
    const refused = await other.connect(name, true, signal);
    expect(refused).toMatchObject({ ok: false, error: { code: 'private-key' } });
    expect(refused.ok ? '' : refused.error.message).toContain('/nowhere/id');
  });

  it('is unreachable where nothing listens', async () => {
    const refused = await hostsWith({ port: 2222 }).connect(name, true, signal);
    expect(refused).toMatchObject({ ok: false });
    expect(readFileSync(lab.knownHostsFile, 'utf8')).not.toContain('2222');
  });
});
