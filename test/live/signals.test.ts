import { closeSync, constants, cpSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Lab, live, until, untilTrue, up } from '../lab/index.js';
import { type Ended, lastEvent, type RunEvent } from './runback.js';
import { Site } from './site.js';

const GATE = '/var/lib/gate';
const MADE = '/var/lib/made';

/** The first step reads a pipe and so ends when the test says so; the second must never begin before. */
const BOOK = `name: Wait at a gate
plays:
  - hosts: etcd
    become: true
    tasks:
      - name: Wait
        command: { argv: [cat, ${GATE}], undo: nothing }
      - name: Go on
        command: { argv: [touch, ${MADE}], creates: ${MADE}, undo: [rm, ${MADE}] }
`;

live('a run that is told to stop', () => {
  let lab: Lab;
  let site: Site;

  beforeAll(async () => {
    lab = await up({ name: 'signals', start: 'hosts-only', members: 1 });
  });

  afterAll(async () => {
    await lab?.down();
  });

  beforeEach(async () => {
    site = new Site(lab);
    writeFileSync(join(site.directory, 'playbooks/gate.yml'), BOOK);
    rmSync(host().path(MADE), { force: true });
    await host().run(['mkfifo', GATE]);
  });

  afterEach(() => {
    rmSync(host().path(GATE), { force: true });
    site.close();
  });

  const host = () => lab.host('cp1');
  const isMade = async (): Promise<boolean> => (await host().run(['test', '-e', MADE])).code === 0;
  const reader = () =>
    host()
      .processes('cat')
      .find(({ argv }) => argv.includes(GATE));

  /** Ends the reader: it is there when the pipe can be opened for writing without waiting. */
  async function openGate(): Promise<void> {
    const { O_WRONLY, O_NONBLOCK } = constants;
    const open = () => openSync(host().path(GATE), O_WRONLY | O_NONBLOCK);
    closeSync(await until('a reader at the gate', 10_000, open));
  }

  /** Starts the run, and gives its pid when its step really is in flight on the host. */
  async function started() {
    let pid = 0;
    let stderr = '';
    const onStderr = (text: string): void => {
      stderr = text;
    };
    const onStarted = (child: number): void => {
      pid = child;
    };
    let isBegun = false;
    const onEvent = ({ type }: RunEvent): void => {
      isBegun ||= type === 'step.started';
    };
    const watch = { onStarted, onStderr, onEvent };
    const ended = site.watched(watch, 'run', 'playbooks/gate.yml', '--yes');
    await until('the step in flight', 20_000, () => (isBegun ? reader() : undefined));
    const hasHeard = (): boolean => stderr.includes('Stopping');
    return { pid, ended, hasHeard };
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`sees what is in flight to its end on ${signal}, starts nothing more, and is taken up`, async () => {
      const { pid, ended, hasHeard } = await started();
      process.kill(pid, signal);
      await untilTrue('its word that it stops', 10_000, hasHeard);
      await openGate();
      const stopped = await ended;
      expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130);
      expect(lastEvent(stopped)).toMatchObject({ outcome: 'interrupted', in_doubt: [] });
      expect(await isMade()).toBe(false);
      const resumed = await site.command('resume', '--yes');
      expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
      expect(await isMade()).toBe(true);
      expect(stepsOf(resumed)).toEqual(['1.2 cp1 changed']);
    });
  }

  it('stops at once on a second SIGINT, and says what is in doubt; the host knows later', async () => {
    const { pid, ended, hasHeard } = await started();
    process.kill(pid, 'SIGINT');
    // Two signals of one kind that come together are one.
    await untilTrue('its word that it stops', 10_000, hasHeard);
    process.kill(pid, 'SIGINT');
    const stopped = await ended;
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130);
    expect(lastEvent(stopped)).toMatchObject({ outcome: 'interrupted', in_doubt: ['1.1 cp1'] });
    expect(reader()).toBeDefined();
    const status = await site.command('status');
    expect(status.events[0]).toMatchObject({ outcome: 'interrupted', in_doubt: ['1.1 cp1'] });
    await openGate();
    const resumed = await site.command('resume', '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(stepsOf(resumed)).toEqual(['1.1 cp1 changed', '1.2 cp1 changed']);
  });

  it('is taken up from another desk that has nothing but the run’s directory', async () => {
    const { pid, ended } = await started();
    process.kill(pid, 'SIGKILL');
    await ended;
    const other = new Site(lab);
    cpSync(join(site.directory, '.runback'), join(other.directory, '.runback'), {
      recursive: true,
    });
    site.close();
    await openGate();
    const resumed = await other.command('resume', '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(stepsOf(resumed)).toEqual(['1.1 cp1 changed', '1.2 cp1 changed']);
    other.close();
  });

  it('refuses to go on when its playbook was edited since, unless told to go on as recorded', async () => {
    const { pid, ended } = await started();
    process.kill(pid, 'SIGKILL');
    await ended;
    await openGate();
    writeFileSync(join(site.directory, 'playbooks/gate.yml'), BOOK.replace('Go on', 'Go further'));
    const refused = await site.command('resume', '--yes');
    expect(refused.code).toBe(3);
    expect(refused.events.at(-1)).toMatchObject({
      code: 'inputs-moved',
      detail: expect.stringContaining('gate.yml differs from line 8 on'),
    });
    const resumed = await site.command('resume', '--yes', '--as-recorded');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
  });

  it('waits for a step that still runs when it is taken up', async () => {
    const { pid, ended } = await started();
    process.kill(pid, 'SIGKILL');
    await ended;
    const pidOfReader = reader()?.pid;
    const resumed = site.command('resume', '--yes');
    await untilTrue('the new controller’s look', 20_000, () => host().sshSessions().length > 0);
    expect(reader()?.pid).toBe(pidOfReader);
    await openGate();
    const end = await resumed;
    expect(end.code, end.stdout + end.stderr).toBe(0);
    expect(stepsOf(end)).toEqual(['1.1 cp1 changed', '1.2 cp1 changed']);
  });
});

function stepsOf(ended: Ended): readonly string[] {
  return ended.events
    .filter((event) => event.type === 'step.finished')
    .map((event) => `${event.task} ${event.host} ${event.outcome}`);
}
