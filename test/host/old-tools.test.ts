import { existsSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROLLER } from '../../src/core/names.js';
import { HostSession } from '../../src/host/session.js';
import { untilTrue } from '../lab/until.js';
import { stateOf } from './points.js';
import { localTransportOnlyWith, toolsWithout } from './shells.js';
import { runs, Stage, settled, signal } from './stage.js';

describe('a host whose tools are older', () => {
  let stage: Stage;
  let tools: string;

  beforeEach(() => {
    stage = new Stage('');
    tools = '';
  });

  afterEach(() => {
    stage.close();
    if (tools !== '') rmSync(tools, { recursive: true });
  });

  async function session(
    missing: readonly string[],
    older: Readonly<Record<string, string>> = {},
  ): Promise<HostSession> {
    tools = toolsWithout(missing, older);
    return stage.opened(localTransportOnlyWith(tools));
  }

  async function worksOn(host: HostSession): Promise<void> {
    const bundle = stage.bundle([stage.log(), `echo said; ${stage.log()}`]);
    expect(await host.carryOut(bundle, signal)).toMatchObject({
      value: [{ exitCode: 0 }, { exitCode: 0, stdoutTail: 'said\n' }],
    });
    expect(await settled(host, bundle)).toMatchObject([{ state: 'done' }, { state: 'done' }]);
    const long = `${'x'.repeat(200_000)}'s`;
    const path = stage.path('written');
    const change = { kind: 'write-file', path, text: long, mode: 0o600, trash: path } as const;
    const written = { ...stage.bundle([]), items: [{ id: stage.id(), change }] };
    expect(await host.carryOut(written, signal)).toMatchObject({ value: [{ exitCode: 0 }] });
    expect(existsSync(path)).toBe(true);
    expect(stage.runs()).toBe(2);
  }

  it('by nothing is asked in the best way', async () => {
    const host = await session([]);
    const best = { sync: 'sync-file', limit: 'timeout', detach: 'setsid', frames: 'dd' };
    expect(host.facts).toMatchObject(best);
    await worksOn(host);
  });

  it('is refused, by name, what is essential and not there', async () => {
    tools = toolsWithout(['sha256sum', 'wc'], {});
    const refused = await HostSession.open({
      host: CONTROLLER,
      transport: localTransportOnlyWith(tools),
      stateDir: stage.stateDir,
    });
    expect(refused).toMatchObject({ error: { kind: 'tool-missing', code: 'host-lacks-tools' } });
    expect(refused.ok ? '' : refused.error.message).toContain('sha256sum, wc');
  });

  it('has a dd that counts no bytes', async () => {
    const dd = 'case $* in *count_bytes*) echo no >&2; exit 1 ;; esac\nexec /bin/dd "$@"';
    const host = await session([], { dd });
    expect(host.facts).toMatchObject({ frames: 'single' });
    await worksOn(host);
  });

  it('has a sync that takes no files, which is never called', async () => {
    const called = stage.path('everything-was-forced-out');
    const sync = `case $1 in --help) echo 'Usage: sync' ;; *) echo >${called} ;; esac`;
    const host = await session([], { sync });
    expect(host.facts).toMatchObject({ sync: 'dd' });
    await worksOn(host);
    expect(existsSync(called)).toBe(false);
  });

  it('has a timeout that does not kill: a step ends all the same', async () => {
    const timeout = 'echo "Usage: timeout [-t SECS] PROG" >&2; exit 1';
    const host = await session([], { timeout });
    expect(host.facts).toMatchObject({ limit: 'watcher' });
    await worksOn(host);
    const items = [
      { id: stage.id(), change: runs(`sh -c '${stage.waits('left')}' & sleep 600`, 1_000) },
    ];
    const ended = await host.carryOut({ ...stage.bundle([]), items }, signal);
    expect(ended).toMatchObject({ value: [{ state: 'done', exitCode: 143 }] });
    const left = await stage.waiting('left');
    await untilTrue('all of it to end', 10_000, () => stateOf(left) === undefined);
    const [receipt] = ended.ok ? ended.value : [];
    expect(receipt?.state === 'done' ? receipt.stderrTail : '').toContain('its limit of 1 s');
  });

  it('has no setsid: steps outlive their connection, and orphans are seen', async () => {
    const host = await session(['setsid']);
    expect(host.facts).toMatchObject({ detach: 'none' });
    await worksOn(host);
    const bundle = stage.bundle([`${stage.waits('step')}; ${stage.log()}`]);
    const id = bundle.items[0]?.id ?? stage.id();
    void host.carryOut(bundle, signal);
    const child = await stage.waiting('step');
    process.kill(host.facts.pid, 'SIGHUP');
    host.close();
    const again = await stage.opened(localTransportOnlyWith(tools));
    process.kill(await stage.wrapperOf(id), 'SIGKILL');
    expect(await again.settle(bundle.run, null, [id], signal)).toMatchObject({
      value: [{ state: 'running', orphans: expect.arrayContaining([child]) }],
    });
    stage.release('step');
    expect(await settled(again, bundle)).toMatchObject([{ state: 'interrupted' }]);
    expect(stage.runs()).toBe(3);
  });
});
