import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/core/ports.js';
import type { HostSession } from '../../src/host/session.js';
import { shells } from './shells.js';
import { run, Stage, settled, signal } from './stage.js';

const isRoot = process.getuid?.() === 0;

/** Disks of a few pages, mounted where the state lies: root is needed, and nobody else sees them. */
describe.skipIf(!isRoot).each(await shells())('in $name, a disk', ({ tools }) => {
  let stage: Stage;
  let session: HostSession;

  beforeEach(() => {
    stage = new Stage(tools);
  });

  afterEach(() => {
    stage.close();
  });

  async function on(mount: string): Promise<void> {
    session = await stage.sessionOn(mount);
  }

  /** A program in the namespace of the session's shell. */
  function there(...argv: readonly string[]): void {
    execFileSync('nsenter', ['-t', `${session.facts.pid}`, '-m', '--', ...argv]);
  }

  async function refused(bundle: Bundle): Promise<void> {
    const refusal = await session.carryOut(bundle, signal);
    expect(refusal).toMatchObject({ ok: false, error: { kind: 'disk', code: 'host-disk' } });
    expect(stage.runs()).toBe(0);
  }

  it('that is full prevents a step, and says so', async () => {
    await on('-t tmpfs -o size=64k tmpfs');
    there('sh', '-c', `cat /dev/zero >${stage.stateDir}/fill 2>/dev/null || true`);
    await refused(stage.bundle([stage.log()]));
  });

  it('without inodes prevents a step, and says so', async () => {
    // The folder itself, runs, the run, steps and a claim: none is left for what it holds.
    await on('-t tmpfs -o size=1m,nr_inodes=5 tmpfs');
    await refused(stage.bundle([stage.log()]));
  });

  it('that is read-only prevents a step, and nothing is said of it that nobody knows', async () => {
    await on('-t tmpfs -o size=1m tmpfs');
    there('mount', '-o', 'remount,ro', stage.stateDir);
    const bundle = stage.bundle([stage.log()]);
    await refused(bundle);
    const ids = bundle.items.map(({ id }) => id);
    expect(await session.settle(run, null, ids, signal)).toMatchObject({
      ok: false,
      error: { kind: 'disk' },
    });
    there('mount', '-o', 'remount,rw', stage.stateDir);
    expect(await settled(session, bundle)).toMatchObject([{ state: 'never' }]);
  });

  it('that becomes full while a step runs leaves it in doubt, and starts nothing behind it', async () => {
    await on('-t tmpfs -o size=128k tmpfs');
    const fill = `cat /dev/zero >${stage.stateDir}/fill 2>/dev/null; ${stage.log()}`;
    const bundle = stage.bundle([fill, stage.log()]);
    expect(await session.carryOut(bundle, signal)).toMatchObject({
      ok: true,
      value: [{ state: 'interrupted', detail: expect.stringContaining('cannot record') }, {}],
    });
    there('rm', `${stage.stateDir}/fill`);
    expect(await settled(session, bundle)).toMatchObject([
      { state: 'interrupted' },
      { state: 'never' },
    ]);
    expect(stage.runs()).toBe(1);
  });

  it('that becomes read-only while a step runs leaves it in doubt', async () => {
    await on('-t tmpfs -o size=1m tmpfs');
    const bundle = stage.bundle([`${stage.waits('step')}; ${stage.log()}`]);
    const carried = session.carryOut(bundle, signal);
    await stage.waiting('step');
    // Its output is open for writing, so that a mount cannot be made read-only; a bind over it can.
    there('mount', '--bind', stage.stateDir, stage.stateDir);
    there('mount', '-o', 'remount,bind,ro', stage.stateDir);
    stage.release('step');
    expect(await carried).toMatchObject({ value: [{ state: 'interrupted' }] });
    expect(stage.runs()).toBe(1);
  });

  it('that is full keeps a lock from being taken, and gives it up whole', async () => {
    await on('-t tmpfs -o size=64k tmpfs');
    there('sh', '-c', `cat /dev/zero >${stage.stateDir}/fill 2>/dev/null || true`);
    const holder = { run, epoch: 1, user: 'root', controller: 'desk', pid: 1, since: '' };
    expect(await session.takeLock('lab', holder, null, 0, signal)).toMatchObject({
      error: { kind: 'disk' },
    });
    there('rm', `${stage.stateDir}/fill`);
    expect(await session.takeLock('lab', holder, null, 0, signal)).toMatchObject({
      value: { open: [] },
    });
  });

  it('that is full takes no file, and leaves nothing of it', async () => {
    await on('-t tmpfs -o size=128k tmpfs');
    writeFileSync(stage.path('big'), Buffer.alloc(1_000_000));
    const sha256 = execFileSync('sha256sum', [stage.path('big')], { encoding: 'ascii' }).slice(
      0,
      64,
    );
    const to = `${stage.stateDir}/there`;
    const change = {
      kind: 'send',
      from: stage.path('big'),
      to,
      sha256,
      sizeBytes: 1_000_000,
      mode: 0o600,
    } as const;
    const bundle = { ...stage.bundle([]), items: [{ id: stage.id(), change }] };
    expect(await session.carryOut(bundle, signal)).toMatchObject({ error: { kind: 'disk' } });
    const root = `/proc/${session.facts.pid}/root`;
    expect(existsSync(`${root}${to}`)).toBe(false);
    const left = execFileSync(
      'nsenter',
      ['-t', `${session.facts.pid}`, '-m', 'ls', '-A', stage.stateDir],
      { encoding: 'utf8' },
    );
    expect(left).not.toContain('part');
  });
});
