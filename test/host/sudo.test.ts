import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/core/connection.js';
import type { Failure } from '../../src/core/failure.js';
import type { ChangeId, HostName } from '../../src/core/names.js';
import type { Hosts, Session } from '../../src/core/ports.js';
import { Secret } from '../../src/core/secret.js';
import { localTransport } from '../../src/host/local.js';
import { sudoFailure } from '../../src/host/sudo/failures.js';
import { untilRunning } from '../../src/host/sudo/until-running.js';
import { type Lab, live, OPS_PASSWORD, untilTrue, up } from '../lab/index.js';
import { bundleOf, connectionTo, hostsOf } from './reach.js';

const signal = new AbortController().signal;
const name = 'cp1' as HostName;
const right = new Secret(OPS_PASSWORD);
const wrong = new Secret('not the password');

live('a host on which sudo is asked', () => {
  let lab: Lab;
  let hosts: Hosts | null = null;

  beforeAll(async () => {
    lab = await up({ name: 'sudo', members: 3, start: 'hosts-only' });
  });

  afterEach(async () => {
    await hosts?.closeAll();
    for (const { name: one } of lab.hosts) {
      rmSync(join(lab.host(one).root, 'etc/sudoers.d/test'), { force: true });
      rmSync(sudoLog(one), { force: true });
    }
  });

  afterAll(async () => {
    await lab?.down();
  });

  function sudoLog(host: string): string {
    return join(lab.host(host).root, 'var/log/sudo.log');
  }

  function logOf(host: string): string {
    return existsSync(sudoLog(host)) ? readFileSync(sudoLog(host), 'utf8') : '';
  }

  function sudoers(line: string): void {
    const file = join(lab.host(name).root, 'etc/sudoers.d/test');
    writeFileSync(file, `${line}\n`, { mode: 0o440 });
  }

  async function connect(more: Partial<Connection>) {
    hosts = hostsOf(connectionTo(lab, name, more));
    return hosts.connect(name, true, signal);
  }

  async function refusal(more: Partial<Connection>): Promise<Failure> {
    const session = await connect(more);
    if (session.ok) throw new Error('it was let in');
    return session.error;
  }

  async function sessionOf(more: Partial<Connection>): Promise<Session> {
    const session = await connect(more);
    if (!session.ok) throw new Error(JSON.stringify(session.error));
    return session.value;
  }

  async function whoIs(session: Session): Promise<string> {
    const receipts = await session.carryOut(bundleOf('id -un; tty'), signal);
    const [receipt] = receipts.ok ? receipts.value : [];
    return receipt?.state === 'done' ? receipt.stdoutTail : JSON.stringify(receipts);
  }

  it('is root’s for a login that is not asked', async () => {
    expect(await whoIs(await sessionOf({ user: 'deploy' }))).toBe('root\nnot a tty\n');
  });

  it('is root’s for a login with the right password, under use_pty as Debian has it', async () => {
    const session = await sessionOf({ user: 'ops', becomePassword: right });
    expect(await whoIs(session)).toBe('root\nnot a tty\n');
    expect(logOf('cp1')).not.toContain(OPS_PASSWORD);
    expect(
      lab
        .host('cp1')
        .processes()
        .flatMap((one) => one.argv)
        .join(' '),
    ).not.toContain(OPS_PASSWORD);
  });

  it('never hands the password on when sudo does not ask for it', async () => {
    const session = await sessionOf({ user: 'deploy', becomePassword: right });
    expect(await whoIs(session)).toBe('root\nnot a tty\n');
  });

  it('leaves no login behind that sudo would remember', async () => {
    await sessionOf({ user: 'ops', becomePassword: right });
    expect(await refusal({ user: 'ops' })).toMatchObject({ code: 'sudo-wants-password' });
  });

  it('takes files in and gives them out through sudo, whole', async () => {
    const session = await sessionOf({ user: 'ops', becomePassword: right });
    const bytes = Buffer.alloc(3_000_000, 'runback \n\0\u0003\u0004\r');
    const from = join(lab.dir, 'to-send');
    writeFileSync(from, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const to = '/root/sent';
    const send = { kind: 'send', from, to, mode: 0o600, sha256, sizeBytes: bytes.length } as const;
    const fetch = { kind: 'fetch', from: to, to: join(lab.dir, 'fetched') } as const;
    const items = [send, fetch].map((change, index) => ({
      id: `${index}`.padStart(32, 'a') as ChangeId,
      change,
    }));
    const receipts = await session.carryOut({ ...bundleOf(''), items }, signal);
    expect(receipts).toMatchObject({ value: [{ sha256 }, { sha256 }] });
    expect(readFileSync(join(lab.dir, 'fetched')).equals(bytes)).toBe(true);
  });

  it('becomes another user than root', async () => {
    sudoers('ops ALL=(guest) NOPASSWD: ALL');
    const session = await sessionOf({ user: 'ops', becomeUser: 'guest' });
    const read = await session.ask(
      { own: { kind: 'read', path: '/home/guest/.ssh/authorized_keys', bytesMax: 10_000 } },
      signal,
    );
    expect(read).toMatchObject({
      value: { own: { text: expect.stringContaining('ssh-ed25519') } },
    });
  });

  it('refuses a wrong password after one try, and no other host is asked with it', async () => {
    const all = lab.hosts.map(({ name: one }) =>
      connectionTo(lab, one, { user: 'ops', becomePassword: wrong }),
    );
    hosts = hostsOf(...all);
    const ends = await Promise.all(
      all.map(async ({ host }) => (hosts as Hosts).connect(host, true, signal)),
    );
    const failures = ends.map((end) => (end.ok ? 'let in' : end.error.code));
    expect(failures.sort()).toEqual(['sudo-not-tried', 'sudo-not-tried', 'sudo-password']);
    const tries = lab.hosts.map((host) => logOf(host.name).match(/incorrect password/g) ?? []);
    expect(tries.flat()).toHaveLength(1);
    expect(lab.hosts.map((host) => logOf(host.name)).join('')).toContain('1 incorrect password');
    const again = await hosts.connect(name, true, signal);
    expect(again).toMatchObject({ ok: false, error: { code: 'sudo-not-tried' } });
  });

  it.each<[string, string, Partial<Connection>]>([
    ['a password that nobody gave', 'sudo-wants-password', { user: 'ops' }],
    ['a user that is not there', 'sudo-unknown-user', { user: 'deploy', becomeUser: 'nosuch' }],
    ['a login that may not', 'sudo-password', { user: 'guest', becomePassword: wrong }],
  ])('says which: %s', async (_, code, more) => {
    const failure = await refusal(more);
    expect(failure).toMatchObject({ kind: 'sudo-refused', code, host: name });
    expect(JSON.stringify(failure)).not.toContain('runback-asks');
  });

  it('says that a login may become nobody', async () => {
    sudoers('Defaults:guest !authenticate');
    const failure = await refusal({ user: 'guest', becomePassword: right });
    expect(failure).toMatchObject({ code: 'sudo-not-allowed' });
  });

  it('says that sudo wants a terminal', async () => {
    sudoers('Defaults:ops requiretty');
    const failure = await refusal({ user: 'ops', becomePassword: right });
    expect(failure).toMatchObject({ code: 'sudo-requiretty' });
  });
});

it.each([
  ["env: 'sudo': No such file or directory", 'sudo-missing'],
  ["env: can't execute 'sudo': No such file or directory", 'sudo-missing'],
  ['sudo: a terminal is required to read the password', 'sudo-wants-password'],
  ['sudo: PAM account management error: Permission denied', 'sudo-refused'],
])('tells from «%s» what is wrong', (said, code) => {
  const failure = sudoFailure(name, 'root', { kind: 'ended', wasAnswered: false }, said);
  expect(failure).toMatchObject({ kind: 'sudo-refused', code, detail: said });
});

it('answers a sudo that asked before anybody listened', async () => {
  const script = 'printf PROMPT >&2; IFS= read -r word; echo "$word" >&2; echo RUNS';
  const pipe = await localTransport().open(['sh', '-c', script]);
  if (!pipe.ok) throw new Error('no shell');
  await untilTrue('its question', 5_000, () => pipe.value.errorTail() === 'PROMPT');
  expect(await untilRunning(pipe.value, 'RUNS', 'PROMPT', right)).toEqual({ kind: 'running' });
  expect(pipe.value.errorTail()).toBe(`PROMPT${OPS_PASSWORD}`);
});
