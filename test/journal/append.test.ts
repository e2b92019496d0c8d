import { describe, expect, it } from 'vitest';
import { JournalFile } from '../../src/journal/append.js';
import { readChain, START } from '../../src/journal/chain.js';
import { type Disk, realDisk } from '../../src/journal/disk.js';
import { now, started, task } from './scratch.js';

/** A disk in memory whose syncs end when the test says so. */
function slowDisk(): { disk: Disk; written: () => string; syncs: ((error?: Error) => void)[] } {
  let written = '';
  const syncs: ((error?: Error) => void)[] = [];
  const disk: Disk = {
    ...realDisk,
    append: (_, text) => {
      written += text;
    },
    sync: () =>
      new Promise((resolve, reject) => {
        syncs.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
    close: () => {
      written += 'closed';
    },
  };
  return { disk, written: () => written, syncs };
}

const failing = (code: string): Error => Object.assign(new Error(code), { code });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('appending', () => {
  it('shares one sync among those that wait, and resolves none before it', async () => {
    const { disk, written, syncs } = slowDisk();
    const journal = new JournalFile('j', 3, START, disk, now);
    const done: number[] = [];
    const append = (index: number): Promise<unknown> =>
      journal.append(index === 0 ? started : task(`1.${index}`)).then(() => done.push(index));
    const first = [append(0), append(1), append(2)];
    await turn();
    const second = [append(3), append(4)];
    await turn();
    expect([syncs.length, done]).toEqual([1, []]);
    syncs[0]?.();
    await Promise.all(first);
    await turn();
    expect([syncs.length, done]).toEqual([2, [0, 1, 2]]);
    syncs[1]?.();
    await Promise.all(second);
    expect([syncs.length, done]).toEqual([2, [0, 1, 2, 3, 4]]);
    expect(readChain(written())).toMatchObject({ ok: true, value: { records: { length: 5 } } });
  });

  it('trusts nothing after a sync that failed', async () => {
    const { disk, syncs } = slowDisk();
    const journal = new JournalFile('j', 3, START, disk, now);
    const first = journal.append(started);
    await turn();
    const second = journal.append(task('1.1'));
    syncs[0]?.(failing('EIO'));
    const failed = { ok: false, error: { kind: 'disk', code: 'disk-eio' } };
    expect(await first).toMatchObject(failed);
    expect(await second).toMatchObject(failed);
    expect(await journal.append(task('1.2'))).toMatchObject(failed);
    expect(syncs).toHaveLength(1);
  });

  it('says where and what next when the disk is full', async () => {
    const { disk } = slowDisk();
    const full = {
      ...disk,
      append: () => {
        throw failing('ENOSPC');
      },
    };
    const journal = new JournalFile('/state/journal.jsonl', 3, START, full, now);
    const result = await journal.append(started);
    expect(result).toMatchObject({ ok: false, error: { kind: 'disk', code: 'disk-enospc' } });
    expect(result.ok ? '' : result.error.message).toBe(
      'cannot use /state/journal.jsonl: the disk is full',
    );
    expect(result.ok ? '' : result.error.next).toContain('--state-dir');
  });

  it('closes behind what is still being synced', async () => {
    const { disk, written, syncs } = slowDisk();
    const journal = new JournalFile('j', 3, START, disk, now);
    const append = journal.append(started);
    journal.close();
    await turn();
    expect(written()).not.toContain('closed');
    syncs[0]?.();
    expect(await append).toEqual({ ok: true, value: undefined });
    await turn();
    expect(written()).toContain('closed');
  });
});
