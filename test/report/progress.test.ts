import { describe, expect, it } from 'vitest';
import type { HostName, TaskId } from '../../src/core/names.js';
import { Progress } from '../../src/report/progress-rows.js';
import { step } from './stories.js';

const started = (host: string) =>
  ({ type: 'step.started', task: '1.1' as TaskId, host: host as HostName }) as const;
const finished = (host: string, outcome: 'ok' | 'failed') =>
  step('1.1', host, { outcome }) as Parameters<Progress['note']>[0];

describe('the rows below a running task', () => {
  it('name the hosts of each state', () => {
    const progress = new Progress(3);
    for (const host of ['cp1', 'cp2', 'cp3']) progress.note(started(host));
    progress.note(finished('cp2', 'ok'));
    expect(progress.rows()).toEqual(['cp1 cp3  running', 'cp2  ok']);
    expect([progress.count, progress.hasFailed]).toEqual(['1 of 3', false]);
    expect(progress.isUnfinished).toBe(true);
  });

  it('count a host once, however many items it loops over', () => {
    const progress = new Progress(2);
    for (const host of ['cp1', 'cp2']) {
      for (let item = 0; item < 3; item++) {
        progress.note(started(host));
        progress.note(finished(host, 'ok'));
      }
    }
    expect([progress.count, progress.isUnfinished]).toEqual(['2 of 2', false]);
  });

  it('count the hosts when they are many', () => {
    const progress = new Progress(300);
    for (let index = 0; index < 300; index++) progress.note(started(`w${index}`));
    progress.note(finished('w7', 'failed'));
    expect(progress.rows()).toEqual(['299 running', '1 FAILED']);
    expect(progress.hasFailed).toBe(true);
  });

  it('do not fail for a host that was left out where it may be, and do for one that may not', () => {
    for (const [why, hasFailed] of [
      ['left out', false],
      [null, true],
    ] as const) {
      const progress = new Progress(2);
      progress.note(finished('w1', 'ok'));
      progress.note(
        step('1.1', 'w2', { outcome: 'unreachable', why }) as ReturnType<typeof finished>,
      );
      expect(progress.hasFailed).toBe(hasFailed);
    }
  });
});
