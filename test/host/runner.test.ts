import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROLLER } from '../../src/core/names.js';
import type { OutputPiece } from '../../src/core/ports.js';
import { localTransport } from '../../src/host/local.js';
import { HostSession } from '../../src/host/session.js';
import type { Transport } from '../../src/host/transport.js';
import { untilTrue } from '../lab/until.js';
import { stateOf } from './points.js';
import { shells } from './shells.js';
import { run, runs, Stage, settled, signal } from './stage.js';

const start = { stdout: 0, stderr: 0 };

describe.each(await shells())('in $name', ({ tools }) => {
  let stage: Stage;
  let session: HostSession;

  beforeEach(async () => {
    stage = new Stage(tools);
    session = await stage.session();
  });

  afterEach(() => stage.close());

  async function says(script: string): Promise<string> {
    const receipts = await session.carryOut(stage.bundle([script]), signal);
    const [receipt] = receipts.ok ? receipts.value : [];
    if (receipt?.state !== 'done') throw new Error(JSON.stringify(receipts));
    return receipt.stdoutTail;
  }

  it('a step has a clean environment, no open ends of the channel, and a session of its own', async () => {
    const said = await says(
      'umask; env; for fd in /proc/self/fd/*; do readlink "$fd"; done; cat /proc/$$/stat',
    );
    expect(said).toMatch(/^0?022\n/);
    expect(said).toContain('LC_ALL=C\n');
    expect(said).not.toMatch(/nonce|SSH_|USER=/);
    for (const end of [3, 4]) {
      expect(said).not.toContain(readlinkSync(`/proc/${session.facts.pid}/fd/${end}`));
    }
    const id = /RUNBACK_STEP=(\w+)/.exec(said)?.[1];
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const [, pid, sid] = /^\d+ .*\) \S+ \d+ (\d+) (\d+)/m.exec(said) ?? [];
    expect(Number(sid)).not.toBe(session.facts.pid);
    expect(Number(pid)).toBeGreaterThan(0);
  });

  it('what it writes down is for its own eyes', async () => {
    const bundle = stage.bundle([stage.log()]);
    await session.carryOut(bundle, signal);
    const id = bundle.items[0]?.id ?? stage.id();
    for (const name of ['', 'script', 'intent', 'who', 'out', 'err', 'receipt']) {
      expect(statSync(stage.step(id, name)).mode & 0o077, name).toBe(0);
    }
    expect(statSync(stage.path('log')).mode & 0o777).toBe(0o644);
  });

  it('what is printed in front of it is not its answer, even where it looks like one', async () => {
    const here = localTransport();
    const banner = 'echo Welcome; echo "hello 1 everybody"; printf "no end"; exec "$@"';
    const transport: Transport = {
      ...here,
      open: (argv) => here.open(['sh', '-c', banner, 'sh', ...argv]),
    };
    const opened = await stage.opened(transport);
    const answers = await opened.ask({ it: { kind: 'stat', path: '/nowhere' } }, signal);
    expect(answers).toEqual({ ok: true, value: { it: null } });
  });

  it('a login that never stops printing is not waited for', async () => {
    const here = localTransport();
    const transport: Transport = { ...here, open: () => here.open(['yes', 'welcome']) };
    const opened = await HostSession.open({ host: CONTROLLER, transport, stateDir: '/nowhere' });
    expect(opened).toMatchObject({ ok: false, error: { code: 'no-greeting' } });
  });

  it('output without end is cut on the disk, and its end is kept', async () => {
    const noise = 'i=0; while [ $i -lt 30 ]; do head -c 1000000 /dev/zero; i=$((i + 1)); done';
    const bundle = stage.bundle([`${noise}; echo the end`]);
    const receipts = await session.carryOut(bundle, signal);
    expect(receipts).toMatchObject({
      value: [{ stdoutTail: expect.stringMatching(/the end\n$/) }],
    });
    const out = stage.step(bundle.items[0]?.id ?? stage.id(), 'out');
    expect(statSync(out).size).toBe(65_536);
  });

  it('a child that stays in the background holds nobody up', async () => {
    const bundle = stage.bundle([`sh -c '${stage.waits('child')}' &`]);
    expect(await session.carryOut(bundle, signal)).toMatchObject({ value: [{ exitCode: 0 }] });
    await stage.ended('child');
  });

  it('a step can be followed by another while it runs, and is told to its end', async () => {
    const script = `echo one; ${stage.waits('step')}; echo two; echo three >&2`;
    const bundle = stage.bundle([script]);
    const id = bundle.items[0]?.id ?? stage.id();
    const pieces: OutputPiece[] = [];
    const told = (stream: string) =>
      pieces.flatMap((piece) => (piece.stream === stream ? [piece.text] : [])).join('');
    const second = await stage.session();
    const followed = second.follow(run, null, id, start, (piece) => pieces.push(piece), signal);
    const carried = session.carryOut(bundle, signal);
    await untilTrue('the first line', 20_000, () => told('stdout') === 'one\n');
    expect(await second.settle(run, null, [id], signal)).toMatchObject({
      value: [{ state: 'running' }],
    });
    stage.release('step');
    const done = { state: 'done', exitCode: 0, stdoutTail: 'one\ntwo\n', stderrTail: 'three\n' };
    expect(await followed).toMatchObject({ ok: true, value: done });
    expect(await carried).toMatchObject({ ok: true, value: [done] });
    expect(told('stdout')).toBe('one\ntwo\n');
    expect(told('stderr')).toBe('three\n');
    expect(pieces.some(({ gap }) => gap)).toBe(false);
  });

  it('who follows from far behind is told only the end, and that something is missing', async () => {
    const bundle = stage.bundle(['head -c 300000 /dev/zero | tr "\\\\000" x; echo; echo the end']);
    await session.carryOut(bundle, signal);
    const pieces: OutputPiece[] = [];
    const id = bundle.items[0]?.id ?? stage.id();
    await session.follow(run, null, id, start, (piece) => pieces.push(piece), signal);
    expect(pieces).toHaveLength(1);
    expect(pieces[0]).toMatchObject({ gap: true, text: expect.stringMatching(/the end\n$/) });
    expect(pieces[0]?.text.length).toBe(65_536);
  });

  it('a step can be ended by another, and nothing behind it starts', async () => {
    const bundle = stage.bundle([stage.waits('step'), stage.log()]);
    const ids = bundle.items.map((item) => item.id);
    const carried = session.carryOut(bundle, signal);
    const pid = await stage.waiting('step');
    const second = await stage.session();
    const ended = [{ state: 'done', exitCode: expect.any(Number) }, { state: 'never' }];
    expect(await second.cancel(run, null, ids, signal)).toMatchObject({ ok: true, value: ended });
    expect(await carried).toMatchObject({ ok: true, value: ended });
    expect([undefined, 'Z']).toContain(stateOf(pid));
    expect(stage.runs()).toBe(0);
  });

  it('one that does not want to end is made to', async () => {
    const bundle = stage.bundle([`trap '' TERM; ${stage.waits('step')}`]);
    const ids = bundle.items.map((item) => item.id);
    void session.carryOut(bundle, signal);
    const pid = await stage.waiting('step');
    expect(await session.cancel(run, null, ids, signal)).toMatchObject({
      value: [{ state: 'done', exitCode: 137 }],
    });
    expect([undefined, 'Z']).toContain(stateOf(pid));
  });

  it('what has not come yet can be ended before', async () => {
    const bundle = stage.bundle([stage.log()]);
    const ids = bundle.items.map((item) => item.id);
    expect(await session.cancel(run, null, ids, signal)).toMatchObject({
      value: [{ state: 'never' }],
    });
    expect(await session.carryOut(bundle, signal)).toMatchObject({ ok: false });
  });

  it('a step that is stopped for long ends at its limit', async () => {
    const items = [{ id: stage.id(), change: runs('kill -STOP $$', 1_000) }];
    const ended = await session.carryOut({ ...stage.bundle([]), items }, signal);
    expect(ended).toMatchObject({ value: [{ state: 'done' }] });
    expect(ended.ok && ended.value[0]?.state === 'done' && ended.value[0].exitCode).not.toBe(0);
  });

  it('a request never waits for ever', async () => {
    const channel = await stage.channel();
    const late = await channel.request('sleep 3', signal, 200);
    expect(late).toMatchObject({ error: { kind: 'timed-out', code: 'host-hangs' } });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'one who is not root has his receipts in his home, and no lock',
    async () => {
      const home = stage.path('home');
      mkdirSync(home);
      chmodSync(stage.directory, 0o755);
      execFileSync('chown', ['4242:4242', home]);
      const passwd = stage.path('passwd');
      writeFileSync(
        passwd,
        `${readFileSync('/etc/passwd', 'utf8')}runback-test:x:4242:4242::${home}:/bin/sh\n`,
      );
      mkdirSync(stage.path('roots'), { mode: 0o700 });
      const here = localTransport();
      const become = `mount --bind ${passwd} /etc/passwd && exec setpriv --reuid=4242 --regid=4242 --clear-groups "$@"`;
      const transport: Transport = {
        ...here,
        open: (argv) => here.open(['unshare', '--mount', '--', 'sh', '-c', become, 'sh', ...argv]),
      };
      const user = await stage.opened(transport, stage.path('roots/runback'));
      expect(user.facts).toMatchObject({ uid: 4242, stateDir: `${home}/.local/state/runback` });
      const bundle = stage.bundle(['echo mine']);
      expect(await user.carryOut(bundle, signal)).toMatchObject({
        value: [{ state: 'done', stdoutTail: 'mine\n' }],
      });
      expect(statSync(`${home}/.local/state/runback`)).toMatchObject({ uid: 4242 });
      expect(statSync(`${home}/.local/state/runback`).mode & 0o777).toBe(0o700);
      expect(await settled(user, bundle)).toMatchObject([{ state: 'done' }]);
      expect(await user.readLock('lab', signal)).toMatchObject({
        error: { code: 'lock-needs-root' },
      });
    },
  );

  it('has this shell, and not the one of this machine', () => {
    expect(readlinkSync(`/proc/${session.facts.pid}/exe`)).toContain(
      readlinkSync(`${tools}/sh`).split('/').at(-1) ?? '',
    );
  });
});
