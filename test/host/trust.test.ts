import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Connection, SshServer } from '../../src/core/connection.js';
import type { ServerKeys } from '../../src/core/host-keys.js';
import { SshNetwork } from '../../src/host/index.js';
import { type Lab, live, up } from '../lab/index.js';
import { connectionTo, hostsOf } from './reach.js';

const signal = new AbortController().signal;

live('trust', () => {
  let lab: Lab;
  let file: string;
  let network: SshNetwork;

  beforeAll(async () => {
    lab = await up({ name: 'trust', members: 3, start: 'hosts-only' });
  });

  beforeEach(() => {
    file = join(lab.dir, 'ssh/known_hosts');
    rmSync(join(lab.dir, 'ssh'), { recursive: true, force: true });
    network = new SshNetwork(30_000, new Map());
  });

  afterEach(() => network.close());

  afterAll(async () => {
    await lab?.down();
  });

  function way(name: string, more: Partial<Connection> = {}): Connection {
    return connectionTo(lab, name, { knownHostsFiles: [file], ...more });
  }

  async function keysOf(connection: Connection): Promise<ServerKeys> {
    const offered = await network.offered(connection, connection.jumps.length, signal);
    if (!offered.ok) throw new Error(offered.error.message);
    return offered.value;
  }

  function fingerprintOf(name: string): string {
    const key = join(lab.host(name).root, 'etc/ssh/ssh_host_ed25519_key.pub');
    return execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' }).split(' ')[1] ?? '';
  }

  function remember(connection: Connection, keys: ServerKeys): void {
    expect(network.remember(connection, keys.keys)).toMatchObject({ ok: true, value: file });
  }

  it('shows a new host’s fingerprint as ssh-keygen does, adds it, and the host is known', async () => {
    const connection = way('cp1');
    const keys = await keysOf(connection);
    expect(keys).toMatchObject({ state: 'new', keys: [{ type: 'ssh-ed25519' }] });
    expect(keys.keys[0]?.fingerprint).toBe(fingerprintOf('cp1'));
    remember(connection, keys);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(lab.dir, 'ssh'))).toEqual(['known_hosts']);
    expect((await keysOf(connection)).state).toBe('known');
    const hosts = hostsOf(connection);
    expect(await hosts.connect(connection.host, true, signal)).toMatchObject({ ok: true });
    await hosts.closeAll();
  });

  it('looks through a bastion once that is known', async () => {
    const bastion: SshServer = way('cp1');
    const behind = way('cp2', { jumps: [bastion] });
    const refused = await network.offered(behind, 1, signal);
    expect(refused).toMatchObject({ ok: false, error: { code: 'host-key-unknown' } });
    const keys = await network.offered(behind, 0, signal);
    if (!keys.ok) throw new Error(keys.error.message);
    remember(way('cp1'), keys.value);
    const seen = await keysOf(behind);
    expect(seen).toMatchObject({ state: 'new' });
    expect(seen.keys[0]?.fingerprint).toBe(fingerprintOf('cp2'));
  });

  it('adds hashed names where names are hashed, and keeps what was there', async () => {
    const other = readFileSync(lab.knownHostsFile, 'utf8')
      .replace(/^\S+/, 'elsewhere')
      .split('\n')[0];
    remember(way('cp2'), await keysOf(way('cp2')));
    // Without a line end, as editors leave it.
    writeFileSync(file, `${other}`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const before = readFileSync(file, 'utf8').trimEnd();
    writeFileSync(file, before);
    const fresh = new SshNetwork(30_000, new Map());
    const offered = await fresh.offered(way('cp1'), 0, signal);
    await fresh.close();
    remember(way('cp1'), offered.ok ? offered.value : (undefined as never));
    const after = readFileSync(file, 'utf8');
    expect(after.startsWith(`${before}\n|1|`)).toBe(true);
    expect(after).not.toContain(lab.host('cp1').address);
    const found = execFileSync('ssh-keygen', ['-F', lab.host('cp1').address, '-f', file]);
    expect(found.toString()).toContain('found');
  });

  it('writes through a link and leaves it one', async () => {
    const keys = await keysOf(way('cp1'));
    remember(way('cp1'), keys);
    const real = join(lab.dir, 'ssh/real');
    writeFileSync(real, '# mine\n');
    rmSync(file);
    symlinkSync(real, file);
    remember(way('cp1'), keys);
    expect(readFileSync(real, 'utf8')).toContain(`# mine\n${lab.host('cp1').address} ssh-ed25519 `);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(real, 'utf8'));
  });

  it('calls a host changed whose known key it does not show', async () => {
    remember(way('cp1'), await keysOf(way('cp2')));
    expect(await keysOf(way('cp1'))).toMatchObject({ state: 'changed', where: `${file}:1` });
    const rsa = join(lab.dir, 'rsa');
    rmSync(rsa, { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa]);
    writeFileSync(file, `${lab.host('cp1').address} ${readFileSync(`${rsa}.pub`, 'utf8')}`);
    network = new SshNetwork(30_000, new Map());
    expect(await keysOf(way('cp1'))).toMatchObject({ state: 'changed', where: null });
  });

  it('calls a key revoked, and leaves to an authority what is an authority’s', async () => {
    const [line = ''] = readFileSync(lab.knownHostsFile, 'utf8').split('\n');
    const keys = await keysOf(way('cp1'));
    remember(way('cp1'), keys);
    writeFileSync(file, `@revoked * ${line.split(' ').slice(1).join(' ')}\n`);
    network = new SshNetwork(30_000, new Map());
    expect(await keysOf(way('cp1'))).toMatchObject({ state: 'revoked', where: `${file}:1` });
    writeFileSync(file, `@cert-authority * ${line.split(' ').slice(1).join(' ')}\n`);
    network = new SshNetwork(30_000, new Map());
    expect(await keysOf(way('cp1'))).toMatchObject({ state: 'certified' });
  });
});
