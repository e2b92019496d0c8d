import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import { sha256 } from '../../src/core/hash.js';
import { type ChangeId, CONTROLLER, type RunId } from '../../src/core/names.js';
import type { Bundle } from '../../src/core/ports.js';
import { HostSession } from '../../src/host/session.js';
import { localTransportWith, shells } from './shells.js';

const signal = new AbortController().signal;
const run = '20260102T030405Z-0123456789abcdef' as RunId;

let directory: string;
let session: HostSession;
let made = 0;

describe.each(await shells())('in $name', ({ tools }) => {
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'runback-host-'));
    const opened = await HostSession.open({
      host: CONTROLLER,
      transport: localTransportWith(tools),
      stateDir: join(directory, 'state'),
    });
    if (!opened.ok) throw new Error(opened.error.message);
    session = opened.value;
  });

  afterEach(() => {
    session.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function bundle(changes: readonly Change[], more: Partial<Bundle> = {}): Bundle {
    const items = changes.map((change) => {
      made += 1;
      return { id: made.toString(16).padStart(32, '0') as ChangeId, change };
    });
    return { run, fence: null, items, timeoutMs: 10_000, ...more };
  }

  async function carryOut(changes: readonly Change[], more: Partial<Bundle> = {}) {
    const receipts = await session.carryOut(bundle(changes, more), signal);
    if (!receipts.ok) throw new Error(`${receipts.error.message} ${receipts.error.detail}`);
    return receipts.value;
  }

  async function ask<const Q extends Parameters<HostSession['ask']>[0]>(questions: Q) {
    const answers = await session.ask(questions, signal);
    if (!answers.ok) throw new Error(answers.error.message);
    return answers.value;
  }

  describe('questions', () => {
    it('come back under their names, several in one frame', async () => {
      writeFileSync(join(directory, 'a file'), 'hello\n\n', { mode: 0o640 });
      const path = join(directory, 'a file');
      const answers = await ask({
        stat: { kind: 'stat', path },
        read: { kind: 'read', path, bytesMax: 100 },
        digest: { kind: 'digest', path },
        missing: { kind: 'stat', path: `${path}'s` },
        list: { kind: 'list', path: directory },
      });
      expect(answers.stat).toMatchObject({ type: 'file', mode: 0o640, sizeBytes: 7 });
      expect(answers.read).toEqual({ text: 'hello\n\n', sizeBytes: 7 });
      expect(answers.digest).toEqual({
        sha256: sha256('hello\n\n'),
        sizeBytes: 7,
      });
      expect(answers.missing).toBeNull();
      expect(answers.list).toEqual(['a file']);
    });

    it('see a link as a link', async () => {
      symlinkSync('/nowhere', join(directory, 'link'));
      const { link } = await ask({ link: { kind: 'stat', path: join(directory, 'link') } });
      expect(link).toMatchObject({ type: 'link' });
    });

    it('find this very process and the mount of a path that is not there yet', async () => {
      writeFileSync(join(tools, 'a-tool'), '', { mode: 0o755 });
      const { processes, mount, found } = await ask({
        processes: { kind: 'processes', names: ['sh', 'dash', 'bash', 'busybox'] },
        mount: { kind: 'mount', path: join(directory, 'not/there/yet') },
        found: { kind: 'tools', names: ['a-tool', 'surely-not-a-tool'] },
      });
      expect(processes).not.toEqual([]);
      expect(mount).toMatchObject({ readOnly: false });
      expect((mount as { freeBytes: number }).freeBytes).toBeGreaterThan(0);
      expect(found).toMatchObject({ 'a-tool': join(tools, 'a-tool'), 'surely-not-a-tool': null });
    });

    it('find where a path really is, behind links that lead to nothing yet too', async () => {
      symlinkSync(join(directory, 'gone'), join(directory, 'lost'));
      symlinkSync('.', join(directory, 'here'));
      symlinkSync('round', join(directory, 'round'));
      const real = async (path: string) => {
        const { mount } = await ask({ mount: { kind: 'mount', path: join(directory, path) } });
        return (mount as { realPath: string }).realPath;
      };
      expect(await real('lost')).toBe(join(directory, 'gone'));
      expect(await real('lost/member/wal')).toBe(join(directory, 'gone/member/wal'));
      expect(await real('here/not/there')).toBe(join(directory, 'not/there'));
      expect(await real('round/member')).toBe(join(directory, 'round/member'));
    });

    it('wait inside the host, bounded, and say what they saw last', async () => {
      const { gone, late } = await ask({
        gone: {
          kind: 'wait-gone',
          processes: ['surely-not'],
          ports: [{ address: '', port: 1 }],
          timeoutMs: 1_000,
        },
        late: {
          kind: 'wait-running',
          processes: ['surely-not'],
          ports: [{ address: '', port: 1 }],
          timeoutMs: 100,
        },
      });
      expect(gone).toMatchObject({ reached: true });
      expect(late).toMatchObject({
        reached: false,
        lastSeen: expect.stringContaining('surely-not'),
      });
    });

    it('tell a sound snapshot from a flipped and a cut one', async () => {
      const { createHash } = await import('node:crypto');
      const body = Buffer.alloc(1024, 7);
      body.writeUInt32LE(0xed0cdaed, 16);
      const trailer = createHash('sha256').update(body).digest();
      const path = join(directory, 'snapshot.db');
      const check = async (bytes: Buffer) => {
        writeFileSync(path, bytes);
        return (await ask({ it: { kind: 'snapshot-file', path } })).it;
      };
      const sound = Buffer.concat([body, trailer]);
      expect(await check(sound)).toMatchObject({ isBolt: true, trailer: 'valid', sizeBytes: 1056 });
      const flipped = Buffer.from(sound);
      flipped[700] = 8;
      expect(await check(flipped)).toMatchObject({ trailer: 'wrong' });
      expect(await check(sound.subarray(0, 900))).toMatchObject({ trailer: 'absent' });
      expect(await check(Buffer.concat([Buffer.alloc(1024), trailer]))).toMatchObject({
        isBolt: false,
        trailer: 'wrong',
      });
    });
  });

  describe('changes', () => {
    const path = (name: string) => join(directory, name);

    it('run in order, stop at the first that fails, and give one receipt each', async () => {
      const receipts = await carryOut([
        { kind: 'make-directory', path: path('a/b'), mode: 0o750 },
        { kind: 'rename', from: path('missing'), to: path('x') },
        { kind: 'make-directory', path: path('never'), mode: 0o700 },
      ]);
      expect(receipts.map((receipt) => receipt.state)).toEqual(['done', 'done', 'never']);
      expect(receipts[0]).toMatchObject({
        exitCode: 0,
        stdoutTail: `${path('a')}\n${path('a/b')}\n`,
      });
      expect(receipts[1]).toMatchObject({
        exitCode: 2,
        stderrTail: expect.stringContaining('missing'),
      });
      expect(statSync(path('a/b')).mode & 0o777).toBe(0o750);
      expect(statSync(path('a')).mode & 0o777).toBe(0o700);
      expect(existsSync(path('never'))).toBe(false);
    });

    it('never start twice under one id', async () => {
      const twice = bundle([
        {
          kind: 'run',
          argv: ['sh', '-c', `echo once >> ${path('log')}`],
          timeoutMs: 5_000,
          repeatable: false,
          effects: [],
        },
      ]);
      await session.carryOut(twice, signal);
      const again = await session.carryOut(twice, signal);
      expect(again.ok).toBe(false);
      expect(readFileSync(path('log'), 'utf8')).toBe('once\n');
    });

    it('write a file whole, keep the old one in the trash, and do nothing when it is already so', async () => {
      writeFileSync(path('file'), 'old');
      const text = "it's $(not) \\evaluated\n\n";
      const change: Change = {
        kind: 'write-file',
        path: path('file'),
        text,
        mode: 0o600,
        trash: path('trash'),
      };
      const once = bundle([change]);
      await session.carryOut(once, signal);
      expect(readFileSync(path('file'), 'utf8')).toBe(text);
      expect(readFileSync(join(path('trash'), once.items[0]?.id ?? ''), 'utf8')).toBe('old');
      const inode = statSync(path('file')).ino;
      await carryOut([change]);
      expect(statSync(path('file')).ino).toBe(inode);
    });

    it('rename only to where nothing is', async () => {
      writeFileSync(path('from'), '1');
      writeFileSync(path('to'), '2');
      const [receipt] = await carryOut([{ kind: 'rename', from: path('from'), to: path('to') }]);
      expect(receipt).toMatchObject({ exitCode: 3 });
      expect(readFileSync(path('to'), 'utf8')).toBe('2');
    });

    it('end a command that takes too long, and say so in its receipt', async () => {
      const [receipt] = await carryOut(
        [
          {
            kind: 'run',
            argv: ['sleep', '60'],
            timeoutMs: 1_000,
            repeatable: true,
            effects: [],
          },
        ],
        { timeoutMs: 1_000 },
      );
      expect(receipt).toMatchObject({ state: 'done' });
      // GNU's timeout gives 124, busybox's what the signal gave.
      expect([124, 143]).toContain(receipt?.state === 'done' ? receipt.exitCode : null);
    });

    it('send and fetch a file with the digest that was promised, and leave nothing otherwise', async () => {
      const { createHash } = await import('node:crypto');
      const bytes = Buffer.alloc(300_000, 'runback ');
      writeFileSync(path('source'), bytes);
      const digest = createHash('sha256').update(bytes).digest('hex');
      const send = { kind: 'send', from: path('source'), to: path('sent'), mode: 0o600 } as const;
      const [sent] = await carryOut([{ ...send, sha256: digest, sizeBytes: bytes.length }]);
      expect(sent).toMatchObject({ state: 'done', sha256: digest });
      const [fetched] = await carryOut([
        { kind: 'fetch', from: path('sent'), to: path('deep/back') },
      ]);
      expect(fetched).toMatchObject({ state: 'done', sha256: digest, sizeBytes: bytes.length });
      expect(readFileSync(path('deep/back')).equals(bytes)).toBe(true);
      const wrong = bundle([{ ...send, to: path('wrong'), sha256: '0'.repeat(64), sizeBytes: 1 }]);
      const refused = await session.carryOut(wrong, signal);
      expect(refused).toMatchObject({ ok: false, error: { kind: 'digest-mismatch' } });
      expect(existsSync(path('wrong'))).toBe(false);
    });
  });

  describe('settling', () => {
    it('knows done, never and absent; what it called never cannot start any more', async () => {
      const done = bundle([{ kind: 'make-directory', path: join(directory, 'x'), mode: 0o700 }]);
      await session.carryOut(done, signal);
      const absent = bundle([{ kind: 'make-directory', path: join(directory, 'y'), mode: 0o700 }]);
      const ids = [...done.items, ...absent.items].map((item) => item.id);
      const settled = await session.settle(run, null, ids, signal);
      expect(settled.ok && settled.value.map((receipt) => receipt.state)).toEqual([
        'done',
        'never',
      ]);
      const late = await session.carryOut(absent, signal);
      expect(late.ok).toBe(false);
      expect(existsSync(join(directory, 'y'))).toBe(false);
    });

    it('holds for a transfer too: one that outlives its controller puts nothing in place', async () => {
      const text = 'a snapshot';
      const [source, to] = [join(directory, 'source'), join(directory, 'late')];
      writeFileSync(source, text);
      const digest = sha256(text);
      const change = { kind: 'send', from: source, to, mode: 0o600, sha256: digest } as const;
      const send = () => bundle([{ ...change, sizeBytes: text.length }]);
      const [done, late] = [send(), send()];
      await session.carryOut(done, signal);
      rmSync(to);
      const ids = [...done.items, ...late.items].map((item) => item.id);
      const settled = await session.settle(run, null, ids, signal);
      expect(settled.ok && settled.value.map((receipt) => receipt.state)).toEqual([
        'done',
        'never',
      ]);
      expect((await session.carryOut(late, signal)).ok).toBe(false);
      expect(readdirSync(directory).filter((name) => name.includes('late'))).toEqual([]);
    });
  });

  describe('the lock', () => {
    const holder = (id: string, epoch: number) => ({
      run: id as RunId,
      epoch,
      user: 'root',
      controller: 'desk',
      pid: 1,
      since: '2026-01-02T03:04:05Z',
    });
    const other = '20260102T030405Z-fedcba9876543210' as RunId;

    it('is taken once, named to the second, taken over by its own run, and given back', async () => {
      expect(await session.readLock('lab', signal)).toMatchObject({
        value: { epoch: 0, holder: null },
      });
      expect(await session.takeLock('lab', holder(run, 1), null, 0, signal)).toMatchObject({
        ok: true,
      });
      const refused = await session.takeLock('lab', holder(other, 2), null, 0, signal);
      expect(refused).toMatchObject({ ok: false, error: { kind: 'lock-held' } });
      expect(refused.ok ? '' : refused.error.message).toContain(run);
      expect(await session.takeLock('lab', holder(run, 2), run, 0, signal)).toMatchObject({
        ok: true,
      });
      expect(await session.releaseLock('lab', run, signal)).toMatchObject({ ok: true });
      expect(await session.readLock('lab', signal)).toMatchObject({
        value: { epoch: 2, holder: null },
      });
    });

    it('fences a run whose epoch is no longer the highest', async () => {
      await session.takeLock('lab', holder(run, 1), null, 0, signal);
      await session.takeLock('lab', holder(run, 2), run, 0, signal);
      const old = bundle([{ kind: 'make-directory', path: join(directory, 'z'), mode: 0o700 }], {
        fence: { cluster: 'lab', epoch: 1 },
      });
      expect(await session.carryOut(old, signal)).toMatchObject({ error: { kind: 'fenced' } });
      expect(existsSync(join(directory, 'z'))).toBe(false);
    });
  });
});
