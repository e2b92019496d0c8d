import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Connection, SshServer } from '../../src/core/connection.js';
import type { Failure } from '../../src/core/failure.js';
import type { ChangeId } from '../../src/core/names.js';
import type { Hosts, Session } from '../../src/core/ports.js';
import { Secret } from '../../src/core/secret.js';
import { sshConfig } from '../../src/host/openssh/config.js';
import { type Lab, live, OPS_PASSWORD, untilTrue, up } from '../lab/index.js';
import { bundleOf, connectionTo, hostsOf } from './reach.js';

const signal = new AbortController().signal;

live('OpenSSH’s own client', () => {
  let lab: Lab;
  let hosts: Hosts | null = null;

  beforeAll(async () => {
    lab = await up({ name: 'openssh', members: 3, start: 'hosts-only' });
  });

  afterEach(async () => {
    await hosts?.closeAll();
    hosts = null;
  });

  afterAll(async () => {
    await lab?.down();
  });

  function way(name: string, more: Partial<Connection> = {}): Connection {
    return connectionTo(lab, name, { kind: 'openssh', ...more });
  }

  async function sessionsOf(...connections: readonly Connection[]) {
    await hosts?.closeAll();
    hosts = hostsOf(...connections);
    const all = hosts;
    return Promise.all(connections.map(({ host }) => all.connect(host, true, signal)));
  }

  async function sessionOf(connection: Connection): Promise<Session> {
    const [session] = await sessionsOf(connection);
    if (session?.ok !== true) throw new Error(JSON.stringify(session));
    return session.value;
  }

  async function failureOf(connection: Connection): Promise<Failure> {
    const [session] = await sessionsOf(connection);
    if (session === undefined || session.ok) throw new Error('it was reached');
    return session.error;
  }

  function log(name: string): string {
    return readFileSync(join(lab.host(name).root, 'var/log/auth.log'), 'utf8');
  }

  function logins(name: string): number {
    return log(name).match(/Accepted publickey/g)?.length ?? 0;
  }

  /** sshd with further lines in its configuration. */
  async function configure(name: string, ...lines: readonly string[]): Promise<void> {
    const before = log(name).length;
    appendFileSync(lab.host(name).path('/etc/ssh/sshd_config'), `${lines.join('\n')}\n`);
    await lab.host(name).run(['sh', '-c', 'kill -HUP $(cat /run/sshd.pid)']);
    await untilTrue('the new configuration', 10_000, () =>
      /Server listening/.test(log(name).slice(before)),
    );
  }

  function makeKey(file: string): string {
    const path = join(lab.dir, file);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    return path;
  }

  it('asks, changes and moves files over one connection, and leaves nothing behind', async () => {
    const before = logins('cp1');
    const session = await sessionOf(
      way('cp1', { user: 'ops', becomePassword: new Secret(OPS_PASSWORD) }),
    );
    const receipts = await session.carryOut(bundleOf('id -un'), signal);
    expect(receipts).toMatchObject({ value: [{ exitCode: 0, stdoutTail: 'root\n' }] });
    const bytes = Buffer.alloc(2_000_000, 'runback \n\0~.\r');
    const from = join(lab.dir, 'to-send');
    writeFileSync(from, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const change = {
      kind: 'send',
      from,
      to: '/root/sent',
      mode: 0o600,
      sha256,
      sizeBytes: bytes.length,
    } as const;
    const items = [{ id: 'b'.repeat(32) as ChangeId, change }];
    const sent = await session.carryOut({ ...bundleOf(''), items }, signal);
    expect(sent).toMatchObject({ value: [{ sha256 }] });
    expect(logins('cp1') - before).toBe(1);
    await hosts?.closeAll();
    await untilTrue(
      'the end of the connection',
      10_000,
      () => lab.host('cp1').sshSessions().length === 0,
    );
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('runback-ssh-'))).toEqual([]);
  });

  it('goes through a bastion, in one connection for all behind it', async () => {
    const [one, two] = [logins('cp1'), logins('cp2')];
    const jumps: readonly SshServer[] = [{ ...way('cp1'), user: 'guest' }];
    const sessions = await sessionsOf(way('cp2', { jumps }), way('cp3', { jumps }));
    expect(sessions.map((session) => (session.ok ? 'ok' : session.error))).toEqual(['ok', 'ok']);
    expect([logins('cp1') - one, logins('cp2') - two]).toEqual([1, 1]);
    expect(log('cp2')).toContain(`Accepted publickey for root from ${lab.host('cp1').address} `);
  });

  it('notices that its connection is gone, and makes another', async () => {
    const session = await sessionOf(way('cp1'));
    for (const { pid } of lab.host('cp1').sshSessions()) process.kill(pid, 'SIGKILL');
    await untilTrue('the loss', 20_000, () => session.lost.aborted);
    const again = await (hosts as Hosts).connect(session.host, true, signal);
    expect(again).toMatchObject({ ok: true });
  });

  it('enters nothing that is not known, or that lets nobody in', async () => {
    const unknown = await failureOf(way('cp1', { knownHostsFiles: [join(lab.dir, 'nobody')] }));
    expect(unknown).toMatchObject({ kind: 'host-key', code: 'host-key-unknown', host: 'cp1' });
    const swapped = join(lab.dir, 'swapped');
    const [line = ''] = readFileSync(lab.knownHostsFile, 'utf8').split('\n');
    writeFileSync(swapped, line.replace(/^\S+/, lab.host('cp2').address));
    const changed = await failureOf(way('cp2', { knownHostsFiles: [swapped] }));
    expect(changed).toMatchObject({ kind: 'host-key', code: 'host-key-changed' });
    const refused = await failureOf(way('cp1', { identityFiles: [makeKey('stranger')] }));
    expect(refused).toMatchObject({ kind: 'login-refused' });
    const nobody = await failureOf(way('cp1', { port: 2222 }));
    expect(nobody).toMatchObject({ kind: 'unreachable' });
    expect(nobody.message).toContain('nothing listens there');
  });

  it('is taken by itself where only an authority vouches for the host', async () => {
    const { address } = lab.host('cp2');
    const authority = makeKey('host-ca');
    const key = lab.host('cp2').path('/etc/ssh/ssh_host_ed25519_key.pub');
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-h', '-I', 'cp2', '-n', address, key]);
    await configure('cp2', 'HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub');
    const knownHosts = join(lab.dir, 'authority');
    const vouch = (names: string, file: string): void =>
      writeFileSync(knownHosts, `@cert-authority ${names} ${readFileSync(`${file}.pub`, 'utf8')}`);
    const connection = connectionTo(lab, 'cp2', { knownHostsFiles: [knownHosts] });
    vouch('10.*', authority);
    await sessionOf(connection);
    vouch('10.*', makeKey('another-ca'));
    expect(await failureOf(connection)).toMatchObject({ kind: 'host-key' });
  });

  it('enters with a certificate of a user, which ssh2 cannot', async () => {
    const authority = makeKey('user-ca');
    const key = makeKey('certified');
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'me', '-n', 'root', `${key}.pub`]);
    writeFileSync(lab.host('cp3').path('/etc/ssh/user-ca.pub'), readFileSync(`${authority}.pub`));
    await configure('cp3', 'TrustedUserCAKeys /etc/ssh/user-ca.pub');
    await sessionOf(way('cp3', { identityFiles: [key] }));
    expect(await failureOf(way('cp3', { identityFiles: [key], kind: 'ssh' }))).toMatchObject({
      kind: 'login-refused',
    });
  });
});

const server: SshServer = {
  address: 'cp1',
  port: 22,
  user: 'root',
  identityFiles: ['/home/me/my key', '/home/me/100%'],
  knownHostsFiles: ['/a', '/b'],
  agentSocket: null,
  identitiesOnly: true,
};
const options = { controlPath: '/tmp/x.s', connectTimeoutMs: 5_000, through: null };

it('says everything itself, so that nobody’s ~/.ssh/config counts', () => {
  const text = sshConfig(server, options);
  expect(text).toContain('StrictHostKeyChecking yes');
  expect(text).toContain('IdentityFile "/home/me/my key"');
  expect(text).toContain('IdentityFile "/home/me/100%%"');
  expect(text).toContain('UserKnownHostsFile "/a" "/b"');
});

it.each<[string, Partial<SshServer>]>([
  ['a line break', { address: 'cp1\nProxyCommand rm' }],
  ['a quote', { user: 'root" x' }],
  ['a variable', { identityFiles: ['/home/$' + '{USER}'] }],
  ['nothing', { address: '' }],
])('writes no configuration with %s in it', (_, more) => {
  expect(sshConfig({ ...server, ...more }, options)).toBeNull();
});
