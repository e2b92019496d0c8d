import { readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localTransportOnlyWith, toolsWithout } from './shells.js';
import { run, Stage, signal } from './stage.js';

/** Programs of this machine that write down that they were called, before they do what they do. */
function noted(log: string, name: string): string {
  const words = name === 'setsid' ? '$4' : '$*';
  return `case $1 in --help) ;; *) echo "${name} ${words}" >>${log} ;; esac\nexec /usr/bin/${name} "$@"`;
}

describe('what is forced out to the disk', () => {
  let stage: Stage;
  let tools: string;

  beforeEach(() => {
    stage = new Stage('');
    const log = stage.path('log');
    const names = ['mkdir', 'mv', 'setsid', 'sync'];
    tools = toolsWithout([], Object.fromEntries(names.map((name) => [name, noted(log, name)])));
  });

  afterEach(() => {
    stage.close();
    rmSync(tools, { recursive: true });
  });

  /** Every call since the last time, with the places by their names. */
  function calls(): readonly string[] {
    const text = readFileSync(stage.path('log'), 'utf8');
    rmSync(stage.path('log'));
    const steps = `${stage.stateDir}/runs/${run}/steps`;
    return (
      text
        .replaceAll(steps, 'STEPS')
        .replaceAll(`${stage.stateDir}/runs/${run}`, 'RUN')
        .replaceAll(`${stage.stateDir}/runs`, 'RUNS')
        .replaceAll(stage.stateDir, 'STATE')
        .replaceAll(stage.directory, 'ROOT')
        .trim()
        .split('\n')
        // The watcher of what may run long starts beside it, in no order.
        .filter((line) => line !== 'setsid runback-watch')
    );
  }

  it('is what a step needs, before the next thing happens', async () => {
    const session = await stage.opened(localTransportOnlyWith(tools));
    const script = `echo script >>${stage.path('log')}; echo said`;
    const change = { kind: 'make-directory', path: stage.path('made'), mode: 0o700 } as const;
    const [first, second] = [stage.id(), stage.id()];
    const items = stage.bundle([script]).items.map((item) => ({ ...item, id: first }));
    const bundle = { ...stage.bundle([]), items: [...items, { id: second, change }] };
    expect(await session.carryOut(bundle, signal)).toMatchObject({
      value: [{ exitCode: 0 }, { exitCode: 0 }],
    });
    expect(calls()).toEqual([
      'mkdir -p -- STEPS',
      'sync STEPS RUN RUNS STATE ROOT/',
      `mkdir -- ${first} ${second}`,
      `sync STEPS STEPS/${first}/script STEPS/${first}/intent STEPS/${first} STEPS/${second}/script STEPS/${second}/intent STEPS/${second}`,
      'setsid runback-step',
      'script',
      `sync STEPS/${first}/out STEPS/${first}/receipt.part`,
      `mv -f -- STEPS/${first}/receipt.part STEPS/${first}/receipt`,
      `sync STEPS/${first}`,
      'mkdir -- ROOT/made',
      'sync ROOT/',
      `sync STEPS/${second}/out STEPS/${second}/receipt.part`,
      `mv -f -- STEPS/${second}/receipt.part STEPS/${second}/receipt`,
      `sync STEPS/${second}`,
    ]);
  });

  it('is an epoch before anything is voided, an end before its lock is gone, and what is voided', async () => {
    const session = await stage.opened(localTransportOnlyWith(tools));
    const holder = { run, epoch: 1, user: 'root', controller: 'desk', pid: 1, since: '' };
    await session.takeLock('lab', holder, null, 0, signal);
    expect(calls().slice(-4)).toEqual([
      `sync STATE/lab/lock.${run}/run STATE/lab/lock.${run}/holder STATE/lab/lock.${run}`,
      `mv -T -- STATE/lab/lock.${run} STATE/lab/lock`,
      'mkdir -- STATE/lab/epoch/1',
      'sync STATE/lab/epoch STATE/lab STATE/lab/lock',
    ]);
    await session.endRun('lab', { run, epoch: 1, next: 2 }, signal);
    expect(calls()).toEqual([
      'sync STATE/lab/epoch/2 STATE/lab/epoch',
      `mv -T -- STATE/lab/lock STATE/lab/lock.${run}`,
      'sync STATE/lab',
    ]);
    const id = stage.id();
    await session.settle(run, null, [id], signal);
    expect(calls().slice(-2)).toEqual([
      `mkdir -- STEPS/${id}`,
      `sync STEPS/${id}/start STEPS/${id} STEPS`,
    ]);
  });
});
