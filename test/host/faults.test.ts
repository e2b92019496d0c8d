import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/core/ports.js';
import type { HostSession } from '../../src/host/session.js';
import { shells } from './shells.js';
import { run, Stage, settled, signal } from './stage.js';

/** Where somebody is killed, and what is true then: how often the script ran, and what is said of it. */
const faults = [
  { point: 'claimed', dies: 'the runner', ran: 0, says: { state: 'never' } },
  { point: 'intended', dies: 'the runner', ran: 0, says: { state: 'never' } },
  { point: 'launched', dies: 'the runner', ran: 1, says: { state: 'done', exitCode: 0 } },
  { point: 'awake', dies: 'the wrapper', ran: 0, says: { state: 'never' } },
  { point: 'checked', dies: 'the wrapper', ran: 0, says: { state: 'never' } },
  { point: 'started', dies: 'the wrapper', ran: 0, says: { state: 'interrupted' } },
  { point: 'ran', dies: 'the wrapper', ran: 1, says: { state: 'interrupted' } },
  { point: 'temporary', dies: 'the wrapper', ran: 1, says: { state: 'interrupted' } },
  { point: 'renamed', dies: 'the wrapper', ran: 1, says: { state: 'done', exitCode: 0 } },
] as const;

describe.each(await shells())('in $name', ({ tools }) => {
  let stage: Stage;
  let session: HostSession;

  beforeEach(async () => {
    stage = new Stage(tools);
    session = await stage.session();
  });

  afterEach(() => stage.close());

  async function sentAgain(bundle: Bundle): Promise<void> {
    const again = await (await stage.session()).carryOut(bundle, signal);
    expect(again).toMatchObject({ ok: false, error: { code: 'id-used' } });
  }

  it.each(faults)('says $says.state when $dies is killed at: $point', async (fault) => {
    const bundle = stage.bundle([stage.log()]);
    stage.points.arm(fault.point, 'kill');
    const carried = session.carryOut(bundle, signal);
    await stage.points.reached(fault.point);
    await carried;
    const [receipt] = await settled(session, bundle);
    expect(receipt).toMatchObject(fault.says);
    await sentAgain(bundle);
    expect(await settled(session, bundle)).toMatchObject([fault.says]);
    expect(stage.runs()).toBe(fault.ran);
  });

  it('tells what a script did that was killed itself', async () => {
    const bundle = stage.bundle([`${stage.log()}; kill -9 $$`]);
    const receipts = await session.carryOut(bundle, signal);
    expect(receipts).toMatchObject({ value: [{ state: 'done', exitCode: 137 }] });
  });

  it('keeps what was done when the wrapper dies in mid-bundle, and starts nothing behind it', async () => {
    const bundle = stage.bundle([stage.log(), stage.waits('second'), stage.log()]);
    const carried = session.carryOut(bundle, signal);
    await stage.waiting('second');
    process.kill(await stage.wrapperOf(bundle.items[1]?.id ?? stage.id()), 'SIGKILL');
    stage.release('second');
    await carried;
    const states = (await settled(session, bundle)).map(({ state }) => state);
    expect(states).toEqual(['done', 'interrupted', 'never']);
    expect(stage.runs()).toBe(1);
  });

  it('does not call a step settled while something of it lives', async () => {
    const bundle = stage.bundle([`${stage.waits('child')}; ${stage.log()}`]);
    const id = bundle.items[0]?.id ?? stage.id();
    const carried = session.carryOut(bundle, signal);
    const child = await stage.waiting('child');
    process.kill(await stage.wrapperOf(id), 'SIGKILL');
    expect(await carried).toMatchObject({
      value: [{ state: 'running', orphans: expect.arrayContaining([child]) }],
    });
    stage.release('child');
    const [receipt] = await settled(session, bundle);
    expect(receipt).toMatchObject({ state: 'interrupted', cause: 'killed' });
    expect(stage.runs()).toBe(1);
  });

  it('does not take for an orphan what an earlier step of the bundle left on purpose', async () => {
    const bundle = stage.bundle([
      `sh -c '${stage.waits('daemon')}' >/dev/null 2>&1 &`,
      stage.waits('second'),
    ]);
    const carried = session.carryOut(bundle, signal);
    await stage.waiting('daemon');
    const second = await stage.waiting('second');
    process.kill(await stage.wrapperOf(bundle.items[1]?.id ?? stage.id()), 'SIGKILL');
    const receipts = await carried;
    expect(receipts).toMatchObject({ value: [{ state: 'done' }, { state: 'running' }] });
    const orphans =
      receipts.ok && receipts.value[1]?.state === 'running' && receipts.value[1].orphans;
    expect(orphans).toContain(second);
    stage.release('second');
    expect((await settled(session, bundle))[1]).toMatchObject({ state: 'interrupted' });
    await stage.ended('daemon');
  });

  describe('what another boot has left', () => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const other = '00000000-1111-2222-3333-444444444444';

    /** A step that was killed at a point, as it would look after a boot. */
    async function afterBoot(point: string): Promise<Bundle> {
      const bundle = stage.bundle([stage.log()]);
      stage.points.arm(point, 'kill');
      const carried = session.carryOut(bundle, signal);
      await stage.points.reached(point);
      if (point === 'launched') await stage.wrapperOf(bundle.items[0]?.id ?? stage.id());
      for (const name of ['intent', 'who']) {
        const file = stage.step(bundle.items[0]?.id ?? stage.id(), name);
        if (existsSync(file)) writeFileSync(file, readFileSync(file, 'utf8').replace(boot, other));
      }
      if (point !== 'claimed' && point !== 'intended') await carried;
      return bundle;
    }

    const boots = [
      { point: 'claimed', says: { state: 'never' } },
      { point: 'intended', says: { state: 'interrupted', cause: 'reboot' } },
      { point: 'renamed', says: { state: 'done' } },
    ] as const;

    it.each(boots)('is $says.state at: $point', async ({ point, says }) => {
      const bundle = await afterBoot(point);
      expect(await settled(session, bundle)).toMatchObject([says]);
      expect(await settled(session, bundle)).toMatchObject([says]);
    });

    it('is never when the intent was torn, and interrupted when its start was lost', async () => {
      const torn = stage.bundle([stage.log()]);
      const lost = stage.bundle([stage.log()]);
      for (const bundle of [torn, lost]) {
        stage.points.arm('intended', 'kill');
        await session.carryOut(bundle, signal);
      }
      const [tornId, lostId] = [torn, lost].map((bundle) => bundle.items[0]?.id ?? stage.id());
      writeFileSync(stage.step(tornId ?? stage.id(), 'intent'), `${other} 0 6`);
      writeFileSync(stage.step(lostId ?? stage.id(), 'intent'), `${other} 0 60 - end\n`);
      expect(await settled(session, torn)).toMatchObject([{ state: 'never' }]);
      expect(await settled(session, lost)).toMatchObject([
        { state: 'interrupted', cause: 'reboot' },
      ]);
    });
  });

  it('does not take another process with the same number for the wrapper', async () => {
    const bundle = stage.bundle([stage.log()]);
    const id = bundle.items[0]?.id ?? stage.id();
    stage.points.arm('started', 'kill');
    await session.carryOut(bundle, signal);
    const [, , boot] = readFileSync(stage.step(id, 'who'), 'utf8').split(' ');
    writeFileSync(stage.step(id, 'who'), `${process.pid} 12345 ${boot} ${process.pid} end\n`);
    expect(await settled(session, bundle)).toMatchObject([
      { state: 'interrupted', cause: 'killed' },
    ]);
  });

  it('does not believe a receipt that was cut off', async () => {
    const bundle = stage.bundle([stage.log()]);
    await session.carryOut(bundle, signal);
    const file = stage.step(bundle.items[0]?.id ?? stage.id(), 'receipt');
    writeFileSync(file, readFileSync(file, 'utf8').replace(' end', ''));
    expect(await settled(session, bundle)).toMatchObject([{ state: 'interrupted' }]);
    unlinkSync(file);
    expect(await settled(session, bundle)).toMatchObject([{ state: 'interrupted' }]);
  });

  it('starts nothing that was settled before it came', async () => {
    const bundle = stage.bundle([stage.log()]);
    expect(await settled(session, bundle)).toMatchObject([{ state: 'never' }]);
    await sentAgain(bundle);
    expect(await session.settle(run, null, [], signal)).toMatchObject({ ok: true, value: [] });
    expect(stage.runs()).toBe(0);
  });
});
