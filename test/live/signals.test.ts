import { closeSync, constants, cpSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Lab, live, until, untilTrue } from '../lab/index.js';
import { type Ended, lastEvent, type RunEvent } from './runback.js';
import { Site } from './site.js';
import { withLab } from './with-site.js';

const GATE = '/var/lib/gate';
const MADE = '/var/lib/made';

/** The first step reads a pipe and so ends when the test says so; the second must never begin before. */
const BOOK = `name: Wait at a gate
plays:
  - hosts: etcd
    become: true
    tasks:
      - name: Wait
        command: { argv: [sh, -c, 'echo at the gate; exec cat ${GATE}'], undo: nothing }
      - name: Go on
        command: { argv: [touch, ${MADE}], creates: ${MADE}, undo: [rm, ${MADE}] }
`;

live('a run that is told to stop', () => {
  let lab: Lab;
  let site: Site;

  withLab({ name: 'signals', start: 'hosts-only', members: 1 }, (made) => {
    lab = made;
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

  /** A desk that has nothing but the run's directory, as it is now. */
  function anotherDesk(): Site {
    const other = new Site(lab);
    const [from, to] = [site, other].map(({ directory }) => join(directory, '.runback'));
    // On another machine nobody owns it.
    const filter = (path: string): boolean => !basename(path).startsWith('owner.');
    cpSync(from as string, to as string, { recursive: true, filter });
    return other;
  }

  /** Ends the reader: it is there when the pipe can be opened for writing without waiting. */
  async function openGate(text = ''): Promise<void> {
    const { O_WRONLY, O_NONBLOCK } = constants;
    const open = () => openSync(host().path(GATE), O_WRONLY | O_NONBLOCK);
    const gate = await until('a reader at the gate', 10_000, open);
    writeSync(gate, text);
    closeSync(gate);
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
    const other = anotherDesk();
    site.close();
    await openGate();
    const resumed = await other.command('resume', '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(stepsOf(resumed)).toEqual(['1.1 cp1 changed', '1.2 cp1 changed']);
    other.close();
  });

  it('refuses an older copy of its directory, once it has ended', async () => {
    const { ended } = await started();
    const other = anotherDesk();
    await openGate();
    const done = await ended;
    expect(done.code, done.stdout + done.stderr).toBe(0);
    for (const verb of ['resume', 'rollback']) {
      const refused = await other.command(verb, '--yes');
      expect(refused.code, refused.stdout + refused.stderr).toBe(3);
      expect(lastEvent(refused).failure).toMatchObject({ code: 'older-copy', host: 'cp1' });
    }
    expect(await isMade()).toBe(true);
    const back = await site.command('rollback', '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(await isMade()).toBe(false);
    other.close();
  });

  it('changes nothing when it was stopped (SIGSTOP), taken over, and wakes up', async () => {
    const { pid, ended } = await started();
    process.kill(pid, 'SIGSTOP');
    const other = anotherDesk();
    await openGate();
    const back = await other.command('rollback', '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    process.kill(pid, 'SIGCONT');
    const late = await ended;
    expect(late.code, late.stdout + late.stderr).toBe(5);
    expect(lastEvent(late)).toMatchObject({ outcome: 'stopped', failure: { kind: 'fenced' } });
    expect(await isMade()).toBe(false);
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

  it('shows what a program prints while it runs, over a cut, and when it is taken up', async () => {
    const said: string[] = [];
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'step.output') said.push(`${event.host} ${event.stream} ${event.text}`);
    };
    const hears = (text: string) => untilTrue(text, 20_000, () => said.at(-1) === text);
    let pid = 0;
    const onStarted = (child: number): void => {
      pid = child;
    };
    const words = ['playbooks/gate.yml', '--yes', '-v'];
    const cut = site.watched({ onEvent, onStarted }, 'run', ...words);
    await hears('cp1 stdout at the gate');
    process.kill(pid, 'SIGKILL');
    await cut;
    said.length = 0;
    const resumed = site.watched({ onEvent }, 'resume', '--yes', '-v');
    await hears('cp1 stdout at the gate');
    for (const { pid: session } of host().sshSessions()) process.kill(session, 'SIGKILL');
    await openGate('it is open\n');
    const end = await resumed;
    expect(end.code, end.stdout + end.stderr).toBe(0);
    expect(said).toEqual(['cp1 stdout at the gate', 'cp1 stdout it is open']);
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
