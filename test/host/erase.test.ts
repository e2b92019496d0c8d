import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/core/names.js';
import { eraseScript } from '../../src/host/footprint-scripts.js';

const RUN = '20260102T030405Z-0123456789abcdef' as RunId;
const OTHER = '20260102T030405Z-fedcba9876543210';

describe('what a run left is taken away', () => {
  let disk: string;
  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), 'runback-erase-'));
  });
  afterEach(() => rmSync(disk, { recursive: true }));

  const put = (...names: readonly string[]) => {
    const directory = join(disk, ...names);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'file'), '');
    return directory;
  };
  /** What the script says, and with which code it ends. */
  const erase = (...paths: readonly string[]) =>
    execFileSync('sh', ['-c', `rb_part() { echo "$1"; }\n${eraseScript(RUN, paths)}`]).toString();

  it('with the hidden place that it was the last one in', () => {
    for (const place of ['.runback', '.runback-trash']) {
      expect(erase(put('data', place, RUN))).toBe('0\n');
      expect(existsSync(join(disk, 'data', place))).toBe(false);
    }
    expect(existsSync(join(disk, 'data'))).toBe(true);
  });

  it('and not the place of other runs, nor one that is somebody’s own', () => {
    const other = put('.runback', OTHER);
    const kept = put('kept', RUN);
    expect(erase(put('.runback', RUN), kept)).toBe('0\n');
    expect(existsSync(other)).toBe(true);
    expect(existsSync(kept)).toBe(false);
    expect(existsSync(join(disk, 'kept'))).toBe(true);
  });

  it('and nothing that is not called like it, or is a link', () => {
    const other = put('.runback', OTHER);
    expect(erase(other)).toContain('is not a directory of this run');
    const link = join(disk, RUN);
    symlinkSync(other, link);
    expect(erase(link)).toContain('is not a directory\n1');
    expect(existsSync(other)).toBe(true);
  });
});
