import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/core/connection.js';
import type { HostName } from '../../src/core/names.js';
import { Secret } from '../../src/core/secret.js';
import { lockedKeys, opensKey } from '../../src/host/index.js';
import { type Lab, live, untilTrue, up } from '../lab/index.js';
import { connectionTo, hostsWith } from './reach.js';

const signal = new AbortController().signal;
const name = 'cp1' as HostName;
const passphrase = new Secret('a long passphrase');

live('private keys', () => {
  let lab: Lab;
  const agents: ChildProcess[] = [];

  beforeAll(async () => {
    lab = await up({ name: 'keys', members: 1, start: 'hosts-only' });
  });

  afterAll(async () => {
    for (const agent of agents) agent.kill();
    await lab?.down();
  });

  /** A key that root of the host lets in unless it is a stranger's. */
  function makeKey(file: string, words: readonly string[], locked: boolean): string {
    const path = join(lab.dir, file);
    // One round of the key derivation: it is as slow as it is meant to be with more.
    const lock = locked ? ['-a', '1', '-N', passphrase.reveal()] : ['-N', ''];
    execFileSync('ssh-keygen', ['-q', ...words, ...lock, '-f', path]);
    return path;
  }

  function letIn(path: string): string {
    const file = join(lab.host('cp1').root, 'root/.ssh/authorized_keys');
    appendFileSync(file, readFileSync(`${path}.pub`));
    return path;
  }

  async function agentWith(socketName: string, files: readonly string[]): Promise<string> {
    const socket = join(lab.dir, socketName);
    agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
    const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never' };
    // 2: there is no agent; 1: it has no keys yet.
    await untilTrue('the agent', 5_000, () => spawnSync('ssh-add', ['-l'], { env }).status === 1);
    for (const file of files) execFileSync('ssh-add', ['-q', file], { env, stdio: 'ignore' });
    return socket;
  }

  async function connect(more: Partial<Connection>, passphrases = new Map<string, Secret>()) {
    const hosts = hostsWith(passphrases, connectionTo(lab, 'cp1', more));
    const session = await hosts.connect(name, true, signal);
    await hosts.closeAll();
    return session;
  }

  const kinds = [
    ['ed25519', ['-t', 'ed25519']],
    ['ecdsa-256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa-521', ['-t', 'ecdsa', '-b', '521']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['ecdsa-pem', ['-t', 'ecdsa', '-m', 'PEM']],
    ['rsa-pkcs8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
    ['ecdsa-pkcs8', ['-t', 'ecdsa', '-b', '384', '-m', 'PKCS8']],
  ] as const;

  describe.each(kinds)('of the kind %s', (kind, words) => {
    it('open a host', async () => {
      const file = letIn(makeKey(`open-${kind}`, words, false));
      expect(await connect({ identityFiles: [file] })).toMatchObject({ ok: true });
    });

    it('open it with their passphrase, and without one say what to do', async () => {
      const file = letIn(makeKey(`locked-${kind}`, words, true));
      const connection = connectionTo(lab, 'cp1', { identityFiles: [file] });
      expect(await lockedKeys([connection])).toEqual([file]);
      expect(opensKey(file, new Secret('another'))).toBe(false);
      expect(opensKey(file, passphrase)).toBe(true);
      const opened = await connect({ identityFiles: [file] }, new Map([[file, passphrase]]));
      expect(opened).toMatchObject({ ok: true });
      const refused = await connect({ identityFiles: [file] });
      expect(refused).toMatchObject({ ok: false, error: { code: 'private-key-locked' } });
      expect(refused.ok ? '' : refused.error.next).toContain(`ssh-add ${file}`);
    });
  });

  it.each(['ed25519', 'rsa', 'ecdsa-256'])('of an agent open a host: %s', async (kind) => {
    const file = letIn(
      makeKey(`agent-${kind}`, kinds.find(([one]) => one === kind)?.[1] ?? [], false),
    );
    const agentSocket = await agentWith(`${kind}.sock`, [file]);
    expect(await connect({ identityFiles: [], agentSocket })).toMatchObject({ ok: true });
  });

  it('are used through the agent that holds them, locked or not', async () => {
    const file = letIn(makeKey('in-agent', ['-t', 'ed25519'], false));
    const agentSocket = await agentWith('in-agent.sock', [file]);
    execFileSync('ssh-keygen', ['-q', '-p', '-N', passphrase.reveal(), '-P', '', '-f', file]);
    const more = { identityFiles: [file], agentSocket, identitiesOnly: true };
    expect(await lockedKeys([connectionTo(lab, 'cp1', more)])).toEqual([]);
    expect(await connect(more)).toMatchObject({ ok: true });
    rmSync(file);
    const publicHalf = { ...more, identityFiles: [`${file}.pub`] };
    expect(await connect(publicHalf)).toMatchObject({ ok: true });
  });

  it('that are named come before an agent full of others', async () => {
    const strangers = Array.from({ length: 7 }, (_, index) =>
      makeKey(`stranger-${index}`, ['-t', 'ed25519'], false),
    );
    const agentSocket = await agentWith('strangers.sock', strangers);
    expect(await connect({ agentSocket })).toMatchObject({ ok: true });
    const refused = await connect({ agentSocket, identityFiles: [] });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'login-refused' } });
  });

  it('are offered although the agent is dead', async () => {
    expect(await connect({ agentSocket: '/nowhere/agent.sock' })).toMatchObject({ ok: true });
  });

  it('that cannot be read are named', async () => {
    const file = join(lab.dir, 'no-key');
    appendFileSync(file, 'nothing of a key\n');
    chmodSync(file, 0o600);
    const refused = await connect({ identityFiles: [file] });
    expect(refused).toMatchObject({ ok: false, error: { code: 'private-key' } });
    expect(refused.ok ? '' : refused.error.message).toContain(file);
  });
});
