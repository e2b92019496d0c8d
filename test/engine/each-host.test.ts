import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import { eachHost } from '../../src/engine/each-host.js';

const broken = (code: string) => failure('command-failed', code, 'it broke', 'look');

describe('the same on each host', () => {
  it('gives the failures in the hosts’ order, whichever came first', async () => {
    const later: (() => void)[] = [];
    const ended = eachHost(['cp1', 'cp2', 'cp3'], null, 'stop', async (host) => {
      if (host === 'cp2') return null;
      if (host === 'cp1') await new Promise<void>((resolve) => later.push(resolve));
      else for (const resolve of later) resolve();
      return broken(host);
    });
    expect((await ended).map((it) => it?.code)).toEqual(['cp1', undefined, 'cp3']);
  });

  it('starts no further one behind a failure when they go one after the other', async () => {
    const started: string[] = [];
    const ended = await eachHost(['cp1', 'cp2', 'cp3'], 1, 'stop', async (host) => {
      started.push(host);
      return host === 'cp2' ? broken(host) : null;
    });
    expect(started).toEqual(['cp1', 'cp2']);
    expect(ended.map((it) => it?.code)).toEqual([undefined, 'cp2', undefined]);
  });

  it('goes on behind a failure when a rollback asks for it', async () => {
    const started: string[] = [];
    await eachHost(['cp1', 'cp2', 'cp3'], 1, 'go-on', async (host) => {
      started.push(host);
      return broken(host);
    });
    expect(started).toEqual(['cp1', 'cp2', 'cp3']);
  });

  it('never works on more at once than it may', async () => {
    let now = 0;
    let most = 0;
    await eachHost([1, 2, 3, 4, 5], 2, 'stop', async () => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      return null;
    });
    expect(most).toBe(2);
  });
});
