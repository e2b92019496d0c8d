import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, ServiceVerb } from '../../src/core/change.js';
import type { Compression } from '../../src/core/question.js';
import { inDoubt, ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';
import { makeUnit, standInSystemctl } from './units.js';

/** What programs on the host do for us: scripts, archives, systemd, and waiting for what others do. */
describe.each(await shells())('in $name', ({ name, tools }) => {
  let host: ScratchHost;
  const path = (name: string): string => host.path(name);

  beforeEach(async () => {
    host = await ScratchHost.open(tools);
  });

  afterEach(() => host.close());

  describe('run', () => {
    const run = (more: Partial<Extract<Change, { kind: 'run' }>>): Change => ({
      kind: 'run',
      argv: ['sh', '-eu'],
      timeoutMs: 5_000,
      repeatable: false,
      effects: [],
      ...more,
    });

    it('gives a script to its program as a file: what it reads is not itself', async () => {
      const script = "cat\necho \"$GREETING, it's $(pwd)\" '$HOME' \\\\ \nfalse\necho never\n";
      const change = run({ script, environment: { GREETING: "a 'b' $c" }, directory: '/usr' });
      const { receipt } = await host.send(change);
      expect(receipt).toMatchObject({
        exitCode: 1,
        stdoutTail: "a 'b' $c, it's /usr $HOME \\\\\n".replace('\\\\', '\\'),
      });
    });

    it('ends what takes longer than it may, and refuses a directory that is not there', async () => {
      const { receipt } = await host.send(run({ script: 'sleep 60', timeoutMs: 1_000 }));
      expect([124, 143]).toContain(receipt.state === 'done' ? receipt.exitCode : null);
      const nowhere = await host.send(run({ argv: ['true'], directory: path('nowhere') }));
      expect(nowhere.receipt).toMatchObject({ exitCode: 1 });
    });
  });

  describe('archive', () => {
    const change = (compression: Compression, more: Partial<Change> = {}) =>
      ({
        kind: 'archive',
        paths: [path("it's/a"), path('b')],
        to: path('out.tar'),
        compression,
        trash: path('trash'),
        ...more,
      }) as Extract<Change, { kind: 'archive' }>;

    beforeEach(() => {
      mkdirSync(path("it's/a/deep"), { recursive: true });
      writeFileSync(path("it's/a/deep/file"), 'x'.repeat(100_000), { mode: 0o640 });
      writeFileSync(path('b'), 'b');
    });

    const list = async (compression: Compression, wanted: readonly string[]) => {
      const question = {
        kind: 'archive-list',
        path: path('out.tar'),
        compression,
        wanted,
      } as const;
      return (await host.ask({ it: question })).it;
    };

    it.each(['none', 'gzip', 'zstd'] as const)(
      'holds what it names (%s), 0600, and is taken back',
      async (compression) => {
        const sent = await host.send(change(compression));
        expect(sent.receipt).toMatchObject({ exitCode: 0, stderrTail: '' });
        const out = path('out.tar');
        const sum = execFileSync('sha256sum', [out], { encoding: 'utf8' }).slice(0, 64);
        expect(sent.receipt).toMatchObject({ stdoutTail: `${sum}\n` });
        expect(statSync(out).mode & 0o777).toBe(0o600);
        const wanted = [path("it's/a"), path('b'), path('c')];
        expect(await list(compression, wanted)).toEqual({ entries: 4, missing: [path('c')] });
        execFileSync('tar', ['-xf', out, '-C', path("it's")]);
        const unpacked = join(path("it's"), path("it's/a/deep/file"));
        expect(readFileSync(unpacked, 'utf8')).toHaveLength(100_000);
        expect(await host.takeBack(sent)).toBe(true);
        expect(existsSync(out)).toBe(false);
        expect(await host.takeBack(inDoubt(sent))).toBe(true);
      },
    );

    it('is not made over another, not inside what it holds, and not of what is missing', async () => {
      const code = async (more: Partial<Change>) => {
        const { receipt } = await host.send(change('gzip', more));
        return receipt.state === 'done' ? receipt.exitCode : receipt.state;
      };
      expect(await code({ to: path('b') })).toBe(3);
      expect(await code({ paths: [path('missing')] })).toBe(2);
      expect(await code({ to: path("it's/a/deep/out.tar") })).toBe(8);
      symlinkSync("it's/a/deep", path('link'));
      expect(await code({ to: path('link/out.tar') })).toBe(8);
      expect(readdirSync(path('')).sort()).toEqual(['b', "it's", 'link', 'state']);
      expect(readdirSync(path("it's/a/deep"))).toEqual(['file']);
    });

    it('that is cut or another file is known as one', async () => {
      await host.send(change('gzip'));
      const whole = readFileSync(path('out.tar'));
      for (const bytes of [whole.subarray(0, whole.length - 20), Buffer.from('no archive')]) {
        writeFileSync(path('out.tar'), bytes);
        expect(await list('gzip', [])).toMatchObject({ reason: 'failed' });
      }
    });

    // busybox runs its own tar whatever stands before it.
    if (!name.startsWith('busybox')) {
      it('of which one file cannot be read is none', async () => {
        mkdirSync(path('tools'));
        writeFileSync(path('tools/tar'), '#!/bin/sh\necho part\nexit 1\n', { mode: 0o755 });
        const failing = await ScratchHost.open(`${path('tools')}:${tools}`);
        const { receipt } = await failing.send(change('gzip'));
        failing.close();
        expect(receipt).toMatchObject({ exitCode: 6 });
        expect(existsSync(path('out.tar'))).toBe(false);
      });
    }
  });

  it('knows accounts by name, and says which it does not', async () => {
    const { username, uid } = userInfo();
    const { it: seen } = await host.ask({
      it: {
        kind: 'accounts',
        users: [username, 'no-such-user'],
        groups: ['root', 'no-such-group'],
      },
    });
    expect(seen).toEqual({
      users: { [username]: uid, 'no-such-user': null },
      groups: { root: 0, 'no-such-group': null },
    });
  });

  describe('service', () => {
    const unit = 'backup.timer';
    let managed: ScratchHost;

    beforeEach(async () => {
      standInSystemctl(path('tools'), path('run'));
      makeUnit(path('run'), unit, 'enabled');
      managed = await ScratchHost.open(`${path('tools')}:${tools}`);
    });

    afterEach(() => managed.close());

    const seen = async (name: string) =>
      (await managed.ask({ it: { kind: 'unit', unit: name } })).it;
    const tell = (verb: ServiceVerb) => managed.send({ kind: 'service', unit, verb });

    it('is told to start, stop, enable and disable, and each is taken back by its opposite', async () => {
      expect(await seen(unit)).toEqual({ loaded: true, active: 'inactive', enabled: 'enabled' });
      const started = await tell('start');
      const disabled = await tell('disable');
      expect(await seen(unit)).toEqual({ loaded: true, active: 'active', enabled: 'disabled' });
      expect(await managed.takeBack(inDoubt(disabled))).toBe(true);
      expect(await managed.takeBack(started)).toBe(true);
      expect(await seen(unit)).toEqual({ loaded: true, active: 'inactive', enabled: 'enabled' });
      expect((await tell('restart')).receipt).toMatchObject({ exitCode: 0 });
      expect(await seen(unit)).toMatchObject({ active: 'active' });
    });

    it('is waited for until it runs or does not', async () => {
      const wait = { kind: 'wait-unit', unit, timeoutMs: 100 } as const;
      const { up, down } = await managed.ask({
        up: { ...wait, active: true },
        down: { ...wait, active: false },
      });
      expect(up).toMatchObject({ reached: false, lastSeen: 'inactive' });
      expect(down).toMatchObject({ reached: true });
    });

    it('that nobody knows is known as such', async () => {
      expect(await seen('none.service')).toMatchObject({ loaded: false });
      const unknown = { kind: 'service', unit: 'none.service', verb: 'start' } as const;
      expect((await managed.send(unknown)).receipt).toMatchObject({ exitCode: 5 });
    });
  });

  describe('waiting', () => {
    const waited = async (question: Parameters<ScratchHost['ask']>[0][string]) =>
      (await host.ask({ it: question })).it;

    it('for a path, until it is there or gone', async () => {
      writeFileSync(path('there'), '');
      const wait = { kind: 'wait-path', path: path('there'), timeoutMs: 100 } as const;
      expect(await waited({ ...wait, present: true })).toMatchObject({ reached: true });
      expect(await waited({ ...wait, present: false })).toMatchObject({
        reached: false,
        lastSeen: `${path('there')} is there`,
      });
    });

    it('for a port and an answer', async () => {
      const server = createServer((_, answer) => {
        answer.statusCode = 503;
        answer.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const wait = { kind: 'wait-port', address: '127.0.0.1', port, timeoutMs: 100 } as const;
      const url = `http://127.0.0.1:${port}/healthz`;
      const files = { caFile: null, certFile: null, keyFile: null };
      const http = { kind: 'wait-http', url, ...files, timeoutMs: 100 } as const;
      try {
        expect(await waited({ ...wait, open: true })).toMatchObject({ reached: true });
        expect(await waited({ ...wait, open: false })).toMatchObject({ reached: false });
        expect(await waited({ ...http, statuses: [200, 503] })).toMatchObject({ reached: true });
        expect(await waited({ ...http, statuses: [200] })).toMatchObject({
          lastSeen: 'status 503',
        });
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
      expect(await waited({ ...wait, open: true })).toMatchObject({ reached: false });
      expect(await waited({ ...wait, open: false })).toMatchObject({ reached: true });
      expect(await waited({ ...http, statuses: [200] })).toMatchObject({
        lastSeen: expect.stringContaining('curl: (7)'),
      });
    });
  });
});
