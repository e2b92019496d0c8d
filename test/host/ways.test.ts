import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Connection, SshServer } from '../../src/core/connection.js';
import type { ChangeId, HostName } from '../../src/core/names.js';
import type { Hosts } from '../../src/core/ports.js';
import { makeHosts } from '../../src/host/index.js';
import { type Lab, live, untilTrue, up } from '../lab/index.js';
import { bundleOf, connectionTo, hostsOf } from './reach.js';

const signal = new AbortController().signal;

live('the way to a host', () => {
  let lab: Lab;
  let hosts: Hosts | null = null;

  beforeAll(async () => {
    lab = await up({ name: 'ways', members: 3, start: 'hosts-only' });
  });

  afterEach(async () => {
    await hosts?.closeAll();
    hosts = null;
  });

  afterAll(async () => {
    await lab?.down();
  });

  function bastion(name: string, more: Partial<SshServer> = {}): SshServer {
    const { host: _, kind, jumps, becomeUser, becomePassword, ...server } = connectionTo(lab, name);
    return { ...server, user: 'guest', ...more };
  }

  function log(name: string): string {
    return readFileSync(join(lab.host(name).root, 'var/log/auth.log'), 'utf8');
  }

  /** What sshd wrote while something was done. */
  async function logged(name: string, work: () => Promise<unknown>): Promise<string> {
    const before = log(name).length;
    await work();
    return log(name).slice(before);
  }

  async function connectAll(...connections: readonly Connection[]) {
    hosts = hostsOf(...connections);
    const all = hosts;
    return Promise.all(connections.map(({ host }) => all.connect(host, true, signal)));
  }

  async function failureOf(connection: Connection) {
    const [session] = await connectAll(connection);
    if (session === undefined || session.ok) throw new Error('it was reached');
    return session.error;
  }

  it('leads through a bastion, whoever else is behind it, in one connection', async () => {
    const jumps = [bastion('cp1')];
    const [two, three] = [connectionTo(lab, 'cp2', { jumps }), connectionTo(lab, 'cp3', { jumps })];
    const atBastion = await logged('cp1', async () => {
      const atHost = await logged('cp2', async () => {
        expect((await connectAll(two, three)).map((session) => session.ok)).toEqual([true, true]);
      });
      expect(atHost).toContain(`Accepted publickey for root from ${lab.host('cp1').address} `);
    });
    expect(atBastion.match(/Accepted publickey for guest/g)).toHaveLength(1);
  });

  it('leads through two bastions', async () => {
    const jumps = [bastion('cp1'), bastion('cp2')];
    const seen = await logged('cp3', async () => {
      const [session] = await connectAll(connectionTo(lab, 'cp3', { jumps }));
      expect(session).toMatchObject({ ok: true });
    });
    expect(seen).toContain(`from ${lab.host('cp2').address} `);
  });

  it('is found again when the bastion was lost', async () => {
    const connection = connectionTo(lab, 'cp2', { jumps: [bastion('cp1')] });
    const [session] = await connectAll(connection);
    if (session?.ok !== true) throw new Error('it was not reached');
    for (const { pid } of lab.host('cp1').sshSessions()) process.kill(pid, 'SIGKILL');
    await untilTrue('the loss', 10_000, () => session.value.lost.aborted);
    const again = await (hosts as Hosts).connect(connection.host, true, signal);
    expect(again).toMatchObject({ ok: true });
  });

  it('ends at a bastion that is not known', async () => {
    const knownHosts = join(lab.dir, 'without-cp1');
    const lines = readFileSync(lab.knownHostsFile, 'utf8').split('\n');
    writeFileSync(
      knownHosts,
      lines.filter((line) => !line.startsWith(lab.host('cp1').address)).join('\n'),
    );
    const jumps = [bastion('cp1', { knownHostsFiles: [knownHosts] })];
    const failure = await failureOf(connectionTo(lab, 'cp2', { jumps }));
    expect(failure).toMatchObject({ code: 'host-key-unknown', host: 'cp2' });
    expect(failure.message).toContain(`the bastion guest@${lab.host('cp1').address}:22`);
  });

  it('ends at a host whose key is another’s, behind a bastion too', async () => {
    const knownHosts = join(lab.dir, 'swapped');
    const [one, two] = [lab.host('cp1').address, lab.host('cp2').address];
    const text = readFileSync(lab.knownHostsFile, 'utf8');
    const keyOfOne = new RegExp(`^${one} (.*)$`, 'm').exec(text)?.[1];
    writeFileSync(knownHosts, `${one} ${keyOfOne}\n${two} ${keyOfOne}\n`);
    const failure = await failureOf(
      connectionTo(lab, 'cp2', { jumps: [bastion('cp1')], knownHostsFiles: [knownHosts] }),
    );
    expect(failure).toMatchObject({ code: 'host-key-changed' });
    expect(failure.message).toContain(`${knownHosts}:2`);
  });

  it('ends at a bastion that forwards nothing, and says what to switch on', async () => {
    const file = join(lab.host('cp1').root, 'home/guest/.ssh/authorized_keys');
    const keys = readFileSync(file, 'utf8');
    writeFileSync(file, `restrict ${keys}`);
    try {
      const failure = await failureOf(connectionTo(lab, 'cp2', { jumps: [bastion('cp1')] }));
      expect(failure).toMatchObject({ code: 'no-forwarding', host: 'cp2' });
    } finally {
      writeFileSync(file, keys);
    }
  });

  it('is told with every hop, and with the command to try by hand', async () => {
    const jumps = [bastion('cp1')];
    const failure = await failureOf(connectionTo(lab, 'cp2', { jumps, port: 2222 }));
    const [one, two] = [lab.host('cp1').address, lab.host('cp2').address];
    expect(failure).toMatchObject({ kind: 'unreachable', host: 'cp2' });
    expect(failure.message).toContain(`cp2 (root@${two}:2222, through guest@${one}:22)`);
    expect(failure.next).toContain(`ssh -J guest@${one}:22 -p 2222 root@${two}`);
  });

  it('is gone once for two who ask at the same moment', async () => {
    const connection = connectionTo(lab, 'cp2');
    const both = hostsOf(connection);
    hosts = both;
    const seen = await logged('cp2', async () => {
      const [one, two] = await Promise.all([
        both.connect(connection.host, true, signal),
        both.connect(connection.host, true, signal),
      ]);
      expect(one).toMatchObject({ ok: true });
      expect(one).toEqual(two);
    });
    expect(seen.match(/Accepted publickey/g)).toHaveLength(1);
  });

  it('has an end behind a bastion too, where the host does not answer at all', async () => {
    await lab.host('cp2').blockPorts([22]);
    try {
      const connection = connectionTo(lab, 'cp2', { jumps: [bastion('cp1')] });
      const soon = { controllerStateDir: null, connectTimeoutMs: 1_500 };
      hosts = makeHosts(new Map([[connection.host, connection]]), soon);
      const session = await hosts.connect(connection.host, true, signal);
      expect(session).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
      expect(session.ok ? '' : session.error.message).toContain('does not answer in time');
    } finally {
      await lab.host('cp2').unblockPorts();
    }
  });

  it('is not gone twice with a key that was refused', async () => {
    const identityFiles = [`${lab.dir}/keys/cp1_ssh_host_ed25519_key`];
    const connection = connectionTo(lab, 'cp2', { identityFiles });
    const refused = { ok: false, error: { kind: 'login-refused', host: 'cp2' } };
    expect(await connectAll(connection)).toMatchObject([refused]);
    const seen = await logged('cp2', async () => {
      const again = await (hosts as Hosts).connect(connection.host, true, signal);
      expect(again).toMatchObject(refused);
    });
    expect(seen).toBe('');
  });

  it('is open to thirty at once, with sshd’s own limits, directly and behind a bastion', async () => {
    const jumps = [bastion('cp1')];
    const many = Array.from({ length: 30 }, (_, index) =>
      connectionTo(lab, index % 2 === 0 ? 'cp1' : 'cp2', {
        host: `h${index}` as HostName,
        jumps: index % 2 === 0 ? [] : jumps,
      }),
    );
    const sessions = await connectAll(...many);
    expect(sessions.filter((session) => !session.ok)).toEqual([]);
  });

  it('is tried again when a busy sshd drops the connection', async () => {
    const host = lab.host('cp3');
    appendFileSync(host.path('/etc/ssh/sshd_config'), 'MaxStartups 1\n');
    await host.run(['sh', '-c', 'kill -HUP $(cat /run/sshd.pid)']);
    await untilTrue('the new limit', 10_000, () =>
      /Received SIGHUP[\s\S]*Server listening/.test(log('cp3')),
    );
    const idle = connectTcp(22, host.address);
    await new Promise((resolve) => idle.once('data', resolve));
    const seen = await logged('cp3', async () => {
      const before = log('cp3').length;
      const connecting = connectAll(connectionTo(lab, 'cp3'));
      await untilTrue('a dropped connection', 10_000, () =>
        /drop connection/.test(log('cp3').slice(before)),
      );
      idle.destroy();
      expect(await connecting).toMatchObject([{ ok: true }]);
    });
    expect(seen).toContain('Accepted publickey for root');
  });

  it('has room for the runner alone where sshd allows one session, and says what a file needs', async () => {
    const host = lab.host('cp3');
    const before = log('cp3').length;
    appendFileSync(host.path('/etc/ssh/sshd_config'), 'MaxSessions 1\n');
    await host.run(['sh', '-c', 'kill -HUP $(cat /run/sshd.pid)']);
    await untilTrue('the new limit', 10_000, () =>
      /Server listening/.test(log('cp3').slice(before)),
    );
    const [session] = await connectAll(connectionTo(lab, 'cp3'));
    if (session?.ok !== true) throw new Error('it was not reached');
    const change = { kind: 'fetch', from: '/etc/hostname', to: join(lab.dir, 'fetched') } as const;
    const items = [{ id: 'c'.repeat(32) as ChangeId, change }];
    const fetched = await session.value.carryOut({ ...bundleOf(''), items }, signal);
    expect(fetched).toMatchObject({ ok: false, error: { code: 'no-channel', host: 'cp3' } });
  });

  it('asks for a type of host key that is known, where the host has several', async () => {
    const host = lab.host('cp2');
    const key = host.path('/etc/ssh/ssh_host_ecdsa_key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', key]);
    appendFileSync(host.path('/etc/ssh/sshd_config'), 'HostKey /etc/ssh/ssh_host_ecdsa_key\n');
    const before = log('cp2').length;
    await host.run(['sh', '-c', 'kill -HUP $(cat /run/sshd.pid)']);
    await untilTrue('the new key', 10_000, () => /Server listening/.test(log('cp2').slice(before)));
    const knownHosts = join(lab.dir, 'ecdsa-only');
    const [type, base64] = readFileSync(`${key}.pub`, 'utf8').split(' ');
    writeFileSync(knownHosts, `${host.address} ${type} ${base64}\n`);
    const sessions = await connectAll(connectionTo(lab, 'cp2', { knownHostsFiles: [knownHosts] }));
    expect(sessions).toMatchObject([{ ok: true }]);
  });

  it('ends where the host has no key of the type that is known', async () => {
    const knownHosts = join(lab.dir, 'rsa-only');
    const rsa = join(lab.dir, 'some-rsa');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa]);
    const [type, base64] = readFileSync(`${rsa}.pub`, 'utf8').split(' ');
    writeFileSync(knownHosts, `${lab.host('cp1').address} ${type} ${base64}\n`);
    const failure = await failureOf(connectionTo(lab, 'cp1', { knownHostsFiles: [knownHosts] }));
    expect(failure).toMatchObject({ kind: 'host-key', code: 'host-key-type' });
  });
});
