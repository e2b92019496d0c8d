import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun, openRun, verifyJournal } from '../../src/journal/index.js';
import { now, RUN, started, stateDirectory, task } from './scratch.js';

/** A run of four records that was closed, and its journal. */
async function closedRun() {
  const stateDir = stateDirectory();
  const run = createRun(stateDir, RUN, {}, now);
  if (!run.ok) throw new Error(run.error.message);
  for (const record of [started, task('1.1'), task('1.2'), task('1.3')]) {
    await run.value.journal.append(record);
  }
  run.value.close();
  const file = join(run.value.directory, 'journal.jsonl');
  return { stateDir, file, lines: readFileSync(file, 'utf8').split('\n').slice(0, -1) };
}

function verdict(stateDir: string): string {
  const found = verifyJournal(stateDir, RUN);
  return found.ok ? `${found.value.kind}: ${found.value.what}` : found.error.code;
}

describe('a journal', () => {
  it('is intact when it is as it was closed', async () => {
    const { stateDir } = await closedRun();
    expect(verdict(stateDir)).toMatch(/^intact: 4 records/);
  });

  it('is truncated when whole lines were cut off its end, and is not opened any more', async () => {
    const { stateDir, file, lines } = await closedRun();
    writeFileSync(file, `${lines.slice(0, 2).join('\n')}\n`);
    expect(verdict(stateDir)).toMatch(/^truncated: it ends after line 2, and had 4 lines/);
    const opened = openRun(stateDir, RUN, now);
    expect(opened).toMatchObject({ ok: false, error: { code: 'journal-truncated' } });
  });

  it('is truncated when its last line is torn, and opening it repairs that', async () => {
    const { stateDir, file } = await closedRun();
    appendFileSync(file, '{"v":2,"seq":5');
    expect(verdict(stateDir)).toMatch(/^truncated: its last line is torn, behind 4/);
    const opened = openRun(stateDir, RUN, now);
    expect(opened.ok).toBe(true);
    if (opened.ok) opened.value.close();
    expect(verdict(stateDir)).toMatch(/^intact/);
  });

  it('is altered when a line reads otherwise, or is missing in the middle', async () => {
    const { stateDir, file, lines } = await closedRun();
    writeFileSync(file, `${lines.join('\n').replace('"1.2"', '"1.9"')}\n`);
    expect(verdict(stateDir)).toMatch(/^altered: line 3/);
    writeFileSync(file, `${[...lines.slice(0, 1), ...lines.slice(2)].join('\n')}\n`);
    expect(verdict(stateDir)).toMatch(/^altered: line 2/);
  });

  it('that a killed process left is judged by its lines alone', async () => {
    const { stateDir, file, lines } = await closedRun();
    rmSync(join(file, '../journal.end'));
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`);
    expect(verdict(stateDir)).toMatch(/^intact: 3 records/);
  });
});
