import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, live, up } from '../lab/index.js';
import { lastEvent } from './runback.js';
import { Site } from './site.js';

const KEYS = 300;

live('a run that is cut short', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  beforeAll(async () => {
    lab = await up({ name: 'killed' });
    site = new Site(lab);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
    await lab.members.put(KEYS, 'after the backup', KEYS);
  });

  afterAll(async () => {
    site?.close();
    await lab?.down();
  });

  /** Starts a restore and sends the signal when this task begins. */
  async function restoreUntil(task: string, signal: NodeJS.Signals) {
    let pid = 0;
    let isSent = false;
    const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
    const ended = await site.watched(
      {
        onStarted: (started) => {
          pid = started;
        },
        onEvent: (event) => {
          if (isSent || event.type !== 'task.started' || event.task !== task) return;
          isSent = true;
          process.kill(pid, signal);
        },
      },
      'run',
      ...words,
    );
    expect(isSent).toBe(true);
    return ended;
  }

  async function expectOldData(): Promise<void> {
    await lab.untilHealthy();
    await lab.untilReady();
    for (const { name } of lab.hosts) {
      expect(await lab.members.allKeys(name), name).toHaveLength(2 * KEYS);
    }
  }

  for (const task of ['1.7', '2.4', '2.8', '2.9']) {
    it(`goes back in a new process after kill -9 when task ${task} began`, async () => {
      const killed = await restoreUntil(task, 'SIGKILL');
      expect(killed.events.some((event) => event.type === 'run.finished')).toBe(false);
      const locked = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
      expect(lastEvent(locked).failure).toMatchObject({ code: 'lock-held' });
      const back = await site.command('rollback', killed.events[0]?.run ?? '', '--yes');
      expect(back.code, back.stdout + back.stderr).toBe(0);
      expect(lastEvent(back)).toMatchObject({ mode: 'rollback', outcome: 'done', left: [] });
      await expectOldData();
    });
  }

  it('finishes what is in flight on SIGINT, ends with 130, and goes back by command', async () => {
    const stopped = await restoreUntil('2.1', 'SIGINT');
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130);
    expect(lastEvent(stopped)).toMatchObject({ outcome: 'interrupted', exit_code: 130 });
    const back = await site.command('rollback', lastEvent(stopped).run ?? '', '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    await expectOldData();
  });

  it('gives a stuck lock back by `unlock`, and only after a yes', async () => {
    const killed = await restoreUntil('1.2', 'SIGKILL');
    const asked = await site.command('unlock');
    expect(asked.code).toBe(3);
    const released = await site.command('unlock', '--yes');
    expect(released.code, released.stdout + released.stderr).toBe(0);
    expect(killed.events.length).toBeGreaterThan(0);
    const restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
  });
});
