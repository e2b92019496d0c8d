import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/core/connection.js';
import type { ChangeId, HostName } from '../../src/core/names.js';
import type { Hosts, OutputPiece, Session } from '../../src/core/ports.js';
import type { HostSession } from '../../src/host/session.js';
import { type Lab, live, until, up } from '../lab/index.js';
import { bundleOf, connectionTo, hostsOf, run } from './reach.js';

const signal = new AbortController().signal;
const name = 'cp1' as HostName;

const start = { stdout: 0, stderr: 0 };

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

  /** Who is killed while a step runs, what is said of the step then, and how often it came to its end. */
  const deaths = [
    { who: 'the sshd of the session', ends: 1, says: { state: 'done', exitCode: 0 } },
    { who: 'the runner', ends: 1, says: { state: 'done', exitCode: 0 } },
    { who: 'the wrapper', ends: 1, says: { state: 'interrupted', cause: 'killed' } },
    { who: 'the script', ends: 0, says: { state: 'done', exitCode: 137 } },
    { who: 'the link', ends: 1, says: { state: 'done', exitCode: 0 } },
  ] as const;

  it.each(deaths)('a step is $says.state and was started once when $who dies', async (death) => {
    const host = lab.host('cp1');
    const at = `/tmp/${death.who.replaceAll(' ', '-')}`;
    const session = (await connect()) as HostSession;
    const bundle = bundleOf(
      `echo $$ >${at}.at; echo begun; while [ ! -e ${at}.go ]; do sleep 0.05; done; echo ended >>${at}.log`,
    );
    const ids = bundle.items.map((item) => item.id);
    const id = ids[0] as ChangeId;
    const carried = session.carryOut(bundle, signal);
    const script = await until('the step to run', 10_000, async () => {
      const { code, stdout } = await host.run(['cat', `${at}.at`]);
      return code === 0 && stdout.endsWith('\n') ? stdout.trim() : undefined;
    });
    const kill = (pid: string) => host.run(['kill', '-9', pid]);
    const who = `/var/lib/runback/runs/${run}/steps/${id}/who`;
    if (death.who === 'the sshd of the session') {
      for (const { pid } of host.sshSessions()) process.kill(pid, 'SIGKILL');
    } else if (death.who === 'the runner') await kill(`${session.facts.pid}`);
    else if (death.who === 'the script') await kill(script);
    else if (death.who === 'the link') await host.linkDown();
    else await kill((await host.run(['cat', who])).stdout.split(' ')[0] ?? '');
    const answer = await carried;
    if (death.who === 'the link') await host.linkUp();
    if (death.who !== 'the script' && death.who !== 'the wrapper') {
      expect(answer).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    }

    const again = await until('the host to be there', 10_000, connect);
    if (death.ends === 1) {
      const running = await again.settle(run, null, ids, signal);
      expect(running).toMatchObject({ value: [{ state: 'running' }] });
    }
    const told: string[] = [];
    const onOutput = ({ stream, text }: OutputPiece) => {
      if (stream === 'stdout') told.push(text);
    };
    const followed = again.follow(run, null, id, start, onOutput, signal);
    await host.run(['touch', `${at}.go`]);
    expect(await followed).toMatchObject({ ok: true, value: death.says });
    expect(told.join('')).toBe('begun\n');
    expect(await again.settle(run, null, ids, signal)).toMatchObject({ value: [death.says] });
    expect(await again.carryOut(bundle, signal)).toMatchObject({ ok: false });
    const { stdout } = await host.run(['cat', `${at}.log`]);
    expect(stdout).toBe('ended\n'.repeat(death.ends));
  });

  it('a step is in doubt when the host loses its power in the middle of it', async () => {
    const host = lab.host('cp1');
    const session = await connect();
    const bundle = bundleOf('echo >/var/tmp/power.at; sleep 600');
    const ids = bundle.items.map((item) => item.id);
    const carried = session.carryOut(bundle, signal);
    await until('the step to run', 10_000, async () =>
      (await host.run(['test', '-e', '/var/tmp/power.at'])).code === 0 ? true : undefined,
    );
    await host.powerOff();
    expect(await carried).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    await host.boot();
    const again = await until('the host to be there', 10_000, connect);
    expect(await again.settle(run, null, ids, signal)).toMatchObject({
      value: [{ state: 'interrupted', cause: 'reboot' }],
    });
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
