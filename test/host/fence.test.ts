import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import type { Bundle, LockHolder } from '../../src/core/ports.js';
import type { HostSession } from '../../src/host/session.js';
import { shells } from './shells.js';
import { run, Stage, settled, signal } from './stage.js';

const holder = (epoch: number): LockHolder => ({
  run,
  epoch,
  user: 'root',
  controller: 'desk',
  pid: 1,
  since: '2026-01-02T03:04:05Z',
});

describe.each(await shells())('in $name, a controller whose lock was taken over', ({ tools }) => {
  let stage: Stage;
  let old: HostSession;
  let newer: HostSession;

  beforeEach(async () => {
    stage = new Stage(tools);
    old = await stage.session();
    newer = await stage.session();
    expect(await old.takeLock('lab', holder(1), null, 0, signal)).toMatchObject({
      value: { open: [] },
    });
  });

  afterEach(() => stage.close());

  const fenced = (scripts: readonly string[]): Bundle =>
    stage.bundle(scripts, { fence: { cluster: 'lab', epoch: 1 } });
  const takeOver = () => newer.takeLock('lab', holder(2), run, 0, signal);

  it.each(['claimed', 'intended', 'awake', 'checked'])(
    'starts nothing more when it was stopped at: %s',
    async (point) => {
      const bundle = fenced([stage.log()]);
      stage.points.arm(point, 'stop');
      const carried = old.carryOut(bundle, signal);
      const stopped = await stage.points.reached(point);
      expect(await takeOver()).toMatchObject({ ok: true, value: { open: [] } });
      expect(
        await newer.settle(run, 'lab', [bundle.items[0]?.id ?? stage.id()], signal),
      ).toMatchObject({
        value: [{ state: point === 'claimed' || point === 'intended' ? 'never' : /never|running/ }],
      });
      process.kill(stopped, 'SIGCONT');
      expect(await carried).toMatchObject({ ok: false, error: { kind: 'fenced' } });
      expect(await settled(newer, bundle)).toMatchObject([{ state: 'never' }]);
      expect(stage.runs()).toBe(0);
    },
  );

  it.each(['started', 'ran', 'temporary'])(
    'has a step that is told as open, and ends, when it was stopped at: %s',
    async (point) => {
      const bundle = fenced([stage.log(), stage.log()]);
      const [first, second] = bundle.items.map(({ id }) => id);
      stage.points.arm(point, 'stop');
      const carried = old.carryOut(bundle, signal);
      const stopped = await stage.points.reached(point);
      expect(await takeOver()).toMatchObject({ value: { open: [{ run, id: first }] } });
      process.kill(stopped, 'SIGCONT');
      expect(await carried).toMatchObject({ ok: false, error: { kind: 'fenced' } });
      expect(await settled(newer, bundle)).toMatchObject([
        { id: first, state: 'done' },
        { id: second, state: 'never' },
      ]);
      expect(stage.runs()).toBe(1);
    },
  );

  it.each([
    { raise: 'made', runs: 1 },
    { raise: 'raised', runs: 0 },
    { raise: 'fenced', runs: 0 },
  ])('runs $runs steps that it sends while the other stands at: $raise', async (one) => {
    const bundle = fenced([stage.log()]);
    stage.points.arm(one.raise, 'stop');
    const taken = takeOver();
    const stopped = await stage.points.reached(one.raise);
    expect(await old.carryOut(bundle, signal)).toMatchObject({ ok: one.runs === 1 });
    process.kill(stopped, 'SIGCONT');
    expect(await taken).toMatchObject({ ok: true, value: { open: [] } });
    expect(stage.runs()).toBe(one.runs);
  });

  it.each(['old', 'new'] as const)(
    'and the other agree on a step when both stand before it and the %s one goes first',
    async (first) => {
      const bundle = fenced([`${stage.waits('script')}; ${stage.log()}`]);
      stage.points.arm('checked', 'stop');
      const carried = old.carryOut(bundle, signal);
      const wrapper = await stage.points.reached('checked');
      stage.points.arm('fenced', 'stop');
      const taken = takeOver();
      const raiser = await stage.points.reached('fenced');
      if (first === 'old') {
        process.kill(wrapper, 'SIGCONT');
        await stage.waiting('script');
      }
      process.kill(raiser, 'SIGCONT');
      const open = first === 'old' ? [{ id: bundle.items[0]?.id }] : [];
      expect(await taken).toMatchObject({ ok: true, value: { open } });
      if (first === 'new') process.kill(wrapper, 'SIGCONT');
      stage.release('script');
      await carried;
      expect(await settled(newer, bundle)).toMatchObject([
        { state: first === 'old' ? 'done' : 'never' },
      ]);
      expect(stage.runs()).toBe(first === 'old' ? 1 : 0);
    },
  );

  it('puts no file in place that it was sending', async () => {
    const bytes = 'what was true before';
    writeFileSync(stage.path('source'), bytes);
    const send = {
      kind: 'send',
      from: stage.path('source'),
      to: stage.path('there/file'),
      sha256: sha256(bytes),
      sizeBytes: bytes.length,
      mode: 0o600,
    } as const;
    mkdirSync(stage.path('there'));
    const bundle = { ...fenced([]), items: [{ id: stage.id(), change: send }] };
    stage.points.arm('checked', 'stop');
    const carried = old.carryOut(bundle, signal);
    const stopped = await stage.points.reached('checked');
    expect(await takeOver()).toMatchObject({ ok: true, value: { open: [] } });
    process.kill(stopped, 'SIGCONT');
    expect(await carried).toMatchObject({ ok: false, error: { kind: 'fenced' } });
    expect(existsSync(stage.path('there/file'))).toBe(false);
    const late = { ...bundle, items: [{ id: stage.id(), change: send }] };
    expect(await old.carryOut(late, signal)).toMatchObject({ error: { kind: 'fenced' } });
    expect(existsSync(stage.path('there/file'))).toBe(false);
    expect(await settled(newer, bundle)).toMatchObject([{ state: 'never' }]);
  });

  it('does not give back the lock that is held by its own run elsewhere', async () => {
    expect(await takeOver()).toMatchObject({ ok: true });
    await old.releaseLock('lab', run, signal);
    expect(await newer.readLock('lab', signal)).toMatchObject({
      value: { epoch: 2, holder: { epoch: 2 } },
    });
    expect(await newer.releaseLock('lab', run, signal)).toMatchObject({ ok: true });
    expect(await newer.readLock('lab', signal)).toMatchObject({
      value: { epoch: 2, holder: null },
    });
  });

  it.each([
    { first: 'end', end: 'given-back', taken: { ok: false, error: { code: 'older-copy' } } },
    { first: 'take-over', end: 'others', taken: { ok: true } },
  ])('ends its run or loses it, when the other wants it: the $first is first', async (one) => {
    const ending = { run, epoch: 1, next: 2 };
    stage.points.arm('ending', 'stop');
    const ended = old.endRun('lab', ending, signal);
    const ender = await stage.points.reached('ending');
    if (one.first === 'end') process.kill(ender, 'SIGCONT');
    if (one.first === 'end') await ended;
    // It was asked for under the epoch that was free when it looked.
    const taken = await newer.takeLock('lab', holder(one.first === 'end' ? 3 : 2), run, 1, signal);
    if (one.first !== 'end') process.kill(ender, 'SIGCONT');
    expect(await ended).toEqual({ ok: true, value: one.end });
    expect(taken).toMatchObject(one.taken);
    expect(await old.endRun('lab', ending, signal)).toEqual({ ok: true, value: one.end });
    expect(await newer.readLock('lab', signal)).toMatchObject({
      value: { epoch: 2, holder: one.first === 'end' ? null : { epoch: 2 } },
    });
  });

  it('ends it although its lock was given up by hand, unless it was taken since', async () => {
    expect(await newer.releaseLock('lab', run, signal, 1)).toEqual({
      ok: true,
      value: 'given-back',
    });
    expect(await newer.releaseLock('lab', run, signal, 1)).toEqual({ ok: true, value: 'others' });
    expect(await old.endRun('lab', { run, epoch: 1, next: 2 }, signal)).toEqual({
      ok: true,
      value: 'given-back',
    });
    expect(await newer.readLockFor('lab', run, signal)).toMatchObject({
      value: { epoch: 2, holder: null, ofRun: { ended: 2, started: [] } },
    });
  });

  it('has its end on the host before its lock is gone', async () => {
    stage.points.arm('ended', 'kill');
    await old.endRun('lab', { run, epoch: 1, next: 2 }, signal);
    const known = await newer.readLockFor('lab', run, signal);
    expect(known).toMatchObject({ value: { epoch: 2, holder: { run }, ofRun: { ended: 2 } } });
    // Whoever knows of this end may take the run up; whoever does not may not.
    expect(await newer.takeLock('lab', holder(3), run, 1, signal)).toMatchObject({
      error: { code: 'older-copy' },
    });
    expect(await newer.takeLock('lab', holder(3), run, 2, signal)).toMatchObject({ ok: true });
  });

  it('is known there by what it has started, and does not begin again', async () => {
    const bundle = fenced([stage.log(), 'exit 1', stage.log()]);
    await old.carryOut(bundle, signal);
    const [first, second] = bundle.items.map(({ id }) => id);
    const known = await newer.readLockFor('lab', run, signal);
    const started = known.ok ? [...known.value.ofRun.started].sort() : [];
    expect(started).toEqual([first, second].sort());
    expect(await old.releaseLock('lab', run, signal)).toEqual({ ok: true, value: 'given-back' });
    expect(await newer.takeLock('lab', holder(2), null, 0, signal)).toMatchObject({
      error: { code: 'older-copy' },
    });
  });

  it('is one of two that want to take over at once: one of them gets it', async () => {
    const third = await stage.session();
    stage.points.arm('made', 'stop');
    const late = takeOver();
    const stopped = await stage.points.reached('made');
    expect(await third.takeLock('lab', holder(2), run, 0, signal)).toMatchObject({ ok: true });
    process.kill(stopped, 'SIGCONT');
    expect(await late).toMatchObject({ ok: false, error: { kind: 'lock-held' } });
    expect(await third.readLock('lab', signal)).toMatchObject({
      value: { epoch: 2, holder: { epoch: 2 } },
    });
  });

  it('does not make never what another boot has left in doubt', async () => {
    const bundle = fenced([stage.log()]);
    const id = bundle.items[0]?.id ?? stage.id();
    stage.points.arm('intended', 'kill');
    await old.carryOut(bundle, signal);
    const intent = stage.step(id, 'intent', 'lab');
    writeFileSync(intent, readFileSync(intent, 'utf8').replace(/^\S+/, 'another-boot'));
    expect(await takeOver()).toMatchObject({ ok: true, value: { open: [] } });
    expect(await settled(newer, bundle)).toMatchObject([{ state: 'interrupted', cause: 'reboot' }]);
  });

  it('was heard of when it last asked, by the clock of the host', async () => {
    const state = await newer.readLock('lab', signal);
    expect(state).toMatchObject({ value: { heardAgoMs: null } });
    await old.ask({ it: { kind: 'stat', path: '/' } }, signal);
    const heard = await newer.readLock('lab', signal);
    const agoMs = heard.ok ? heard.value.heardAgoMs : null;
    expect(agoMs).toBeGreaterThanOrEqual(0);
    expect(agoMs).toBeLessThan(60_000);
    const file = `${stage.stateDir}/lab/lock/heard`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\S+/, 'another-boot'));
    expect(await newer.readLock('lab', signal)).toMatchObject({ value: { heardAgoMs: null } });
  });

  it('leaves a lock that is held even where its holder cannot be read', async () => {
    writeFileSync(`${stage.stateDir}/lab/lock/holder`, '\u001b[31m{"run":');
    expect(await newer.readLock('lab', signal)).toMatchObject({
      value: { holder: { run, user: 'unknown' } },
    });
    const other = { ...holder(2), run: '20260102T030405Z-fedcba9876543210' as typeof run };
    expect(await newer.takeLock('lab', other, null, 0, signal)).toMatchObject({
      error: { kind: 'lock-held' },
    });
  });
});
